import pytest

from iwsi.tasks.answers.number_words import words_value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("seven", 7),
        ("twenty-one", 21),
        ("one hundred and five", 105),
        ("three thousand two hundred", 3200),
        ("two million", 2_000_000),
        ("two three", None),
    ],
)
def test_number_words_are_added_where_each_may_follow_the_one_before(words, value):
    assert words_value(words) == value
