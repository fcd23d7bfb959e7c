import numpy as np
import pytest
from gain_worlds import in_full, rounds_world, run_items

from eval_predict.gain.forecaster import ArrayForecaster, EarlierRound
from eval_predict.gain.paired_doubly_robust import draw_by_spread

N = 400


def test_uncertain_items_are_drawn_more_often_and_closed_ones_never() -> None:
    expected_N = np.where(np.arange(N) < 200, 0.5, 0.98)
    rng = np.random.default_rng(0)
    drawn = np.concatenate(
        [draw_by_spread(expected_N, np.arange(50), 40, rng).items_Tn[0] for _ in range(50)]
    )
    assert drawn.min() >= 50
    assert (drawn < 200).mean() > 0.5  # of the 350 open items 150 are uncertain


def test_a_small_earlier_rounds_width_does_not_depend_on_the_new_rounds_budget() -> None:
    scores_RN = rounds_world([0.03, 0.03])
    first = ArrayForecaster(method="paired_dr", peeking=True).fit(N, [in_full(scores_RN[0])])
    observed = run_items(first, scores_RN[1], first.stages(40))
    earlier = [in_full(scores_RN[0]), EarlierRound("round-1", observed)]
    second = ArrayForecaster(method="paired_dr", peeking=True).fit(N, earlier)
    everything = run_items(second, scores_RN[2], second.stages(N))
    gain = second.forecast(everything).gain_over_previous
    score = first.forecast(observed).score
    # The new round is exact: what is left is the earlier round's interval, looks included.
    assert gain.high - gain.low == pytest.approx(score.high - score.low, rel=0.1)
