import pytest

from iwsi.tasks.answers.yes_no import alone, gold, unmarked


@pytest.mark.parametrize(
    ("text", "value"), [("1", "yes"), ("0", "no"), ("Yes.", "yes"), ("true", "yes"), ("2", None)]
)
def test_a_gold_may_be_a_word_or_a_digit(text, value):
    assert gold(text) == value


def test_a_word_that_does_not_stand_alone_is_none():
    assert alone("yes and no") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("No, whales are mammals.", "no"),
        ("Whales are mammals. So the answer is clearly: yes", "yes"),
        ("Whales swim.", None),
    ],
)
def test_a_conclusion_is_read_where_no_marker_stands(text, value):
    assert unmarked(text) == value
