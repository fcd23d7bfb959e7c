import numpy as np
from gain_worlds import in_full

from eval_predict import Observed, Selection
from eval_predict.gain.inputs import EarlierRound, ForecastInputs
from eval_predict.gain.repeated_items import repeat_previous, repeat_then_draw

N = 50
PREVIOUS = Observed(
    np.array([[7, 3, 9, 20]]),
    np.ones((1, 4)),
    np.array([[0.2, 0.2, 0.4, 0.4]]),
    np.array([0, 0, 1, 1]),
)


def _inputs(previous: EarlierRound) -> ForecastInputs:
    return ForecastInputs(N, (in_full(np.ones(N)), previous))


def test_items_are_repeated_in_their_order_with_the_probabilities_of_their_draw() -> None:
    again = repeat_previous(_inputs(EarlierRound("round-1", PREVIOUS)), np.array([7]), 3)
    assert again.items_Tn.tolist() == [[3, 9, 20]]
    # Of the first stage's two items one is repeated, of the second stage's two both.
    np.testing.assert_allclose(again.probability_Tn, [[0.1, 0.4, 0.4]])


def test_nothing_is_repeated_of_a_round_that_was_run_in_full() -> None:
    again = repeat_previous(_inputs(in_full(np.ones(N), "round-1")), np.empty(0, np.intp), 3)
    assert again.items_Tn.size == 0


def test_the_rest_is_drawn_from_the_items_that_neither_round_ran() -> None:
    closed: list[set[int]] = []

    def draw(observed, closed_n, count, rng):
        closed.append(set(closed_n.tolist()))
        items_n = np.arange(40, 40 + count)
        return Selection(items_n[None], np.full((1, count), 0.5))

    inputs = _inputs(EarlierRound("round-1", PREVIOUS))
    found = repeat_then_draw(inputs, None, 6, np.random.default_rng(0), True, draw)
    assert found.items_Tn[0, :4].tolist() == [7, 3, 9, 20]
    assert set(found.items_Tn[0, 4:]) == {40, 41}
    assert closed == [{7, 3, 9, 20}]
    fresh = repeat_then_draw(inputs, None, 2, np.random.default_rng(0), False, draw)
    assert set(fresh.items_Tn[0]) == {40, 41}
