import numpy as np
import pytest
from gain_worlds import in_full
from worlds import rasch_world

from eval_predict import Observed, UserError
from eval_predict.gain.inputs import EarlierRound, ItemFeatures, check_inputs, scores_by_item

N = 30


def test_the_base_comes_first_and_the_previous_round_last() -> None:
    rounds = [in_full(np.ones(N), f"round-{number}") for number in range(3)]
    inputs = check_inputs(N, rounds, None, None)
    assert (inputs.base.name, inputs.previous.name) == ("round-0", "round-2")
    assert inputs.is_full(inputs.base)


def test_scores_are_returned_in_the_items_order() -> None:
    observed = Observed(
        np.array([[4, 1]]), np.array([[1.0, 0.0]]), np.ones((1, 2)), np.zeros(2, np.intp)
    )
    np.testing.assert_array_equal(scores_by_item(observed, 5), [np.nan, 0, np.nan, np.nan, 1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((N, [], None, None), "no round"),
        ((N - 1, [in_full(np.ones(N))], None, None), "out of range"),
        ((N, [in_full(np.full(N, 1.5))], None, None), "outside"),
        ((N, [in_full(np.ones(N))], rasch_world(6, N + 1), None), "31 items"),
        (
            (N, [in_full(np.ones(N))], None, ItemFeatures(("a",), np.full((N, 1), np.nan))),
            "finite",
        ),
    ],
)
def test_inputs_that_do_not_fit_are_named(arguments: tuple, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_inputs(*arguments)


def test_an_item_twice_is_refused() -> None:
    twice = Observed(np.array([[3, 3]]), np.ones((1, 2)), np.ones((1, 2)), np.zeros(2, np.intp))
    with pytest.raises(UserError, match="repeated items"):
        check_inputs(N, [EarlierRound("round-0", twice)], None, None)
