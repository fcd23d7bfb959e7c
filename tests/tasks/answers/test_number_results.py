import pytest

from iwsi.tasks.answers.number_results import (
    are_linked,
    equation_value,
    prepared,
    sentence_result,
    without_lead,
)
from iwsi.tasks.answers.number_tokens import tokens


def test_an_equation_has_the_value_of_its_last_side():
    body = "3 + 4 = 7"
    assert are_linked(body, tokens(body))
    assert equation_value(body, tokens(body)) == "7"


def test_words_between_numbers_do_not_link_them():
    assert not are_linked("3 cats and 4 dogs", tokens("3 cats and 4 dogs"))


@pytest.mark.parametrize(
    ("sentence", "value"),
    [("So she has 12 eggs", "12"), ("3 + 4 = 7 apples", "7"), ("It is 5", "5")],
)
def test_a_sentence_has_the_number_that_it_comes_to(sentence, value):
    assert sentence_result(sentence) == value


def test_a_number_is_read_behind_the_words_that_lead_to_it():
    assert without_lead("approximately 5 km").startswith("5")
    assert prepared("x = - 5") == "x = -5"
