import pytest

from iwsi.tasks.answers.number_roles import is_aside, is_joined, is_listed, is_total, tells_a_step
from iwsi.tasks.answers.number_tokens import tokens


@pytest.mark.parametrize(
    ("body", "listed"),
    [("3 and 7", True), ("10-12 days", True), ("2 feet 3 inches", True), ("3 of the 7", False)],
)
def test_two_numbers_that_are_joined_are_a_list(body, listed):
    found = tokens(body)
    assert is_listed(body, found) is listed
    assert is_joined(body, found, 1) is listed


def test_a_number_in_brackets_is_an_aside():
    body = "the cost (about 3 dollars) is 5"
    first, second = tokens(body)
    assert is_aside(body, first.start)
    assert not is_aside(body, second.start)


def test_a_sentence_may_call_a_number_the_total():
    body = "for a total of 12 eggs"
    assert is_total(body, tokens(body)[0])
    assert not is_total("she has 12 eggs", tokens("she has 12 eggs")[0])


def test_a_sentence_that_begins_with_a_number_may_state_a_step():
    step, answer = "5 apples were sold on Monday", "5 apples"
    assert tells_a_step(step, tokens(step))
    assert not tells_a_step(answer, tokens(answer))
