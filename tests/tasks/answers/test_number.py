import pytest

from iwsi.tasks.answers.number import alone, gold, unmarked


@pytest.mark.parametrize(
    ("text", "value"),
    [("$1,250.00", "1250"), ("-3", "-3"), ("12 apples and 3 pears", None), ("none", None)],
)
def test_a_gold_is_one_number_with_its_sign_and_currency(text, value):
    assert gold(text) == value


def test_an_answer_alone_holds_one_number():
    assert alone("$4.50.") == "4.5"
    assert alone("4 or 5") is None


def test_without_a_marker_the_last_sentence_with_a_number_counts():
    assert unmarked("She buys 3. Then she has 8 eggs.\nWell done!") == "8"
