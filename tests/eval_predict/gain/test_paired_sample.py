import numpy as np
import pytest
from gain_worlds import in_full

from eval_predict import Observed
from eval_predict.gain.inputs import EarlierRound, check_inputs
from eval_predict.gain.paired_sample import PairedSample

N = 400


def _part(scores_N: np.ndarray, items_n: np.ndarray) -> Observed:
    n = items_n.size
    return Observed(
        items_n[None], scores_N[items_n][None], np.full((1, n), n / N), np.zeros(n, np.intp)
    )


def test_the_correction_counts_the_items_that_both_rounds_ran() -> None:
    rng = np.random.default_rng(0)
    scores_RN = (rng.random((3, N)) < 0.5).astype(float)
    small, large = np.arange(40), np.arange(300)
    earlier = [in_full(scores_RN[0]), EarlierRound("round-1", _part(scores_RN[1], small))]
    method = PairedSample(check_inputs(N, earlier, None, None), False)
    forecast = method.forecast(_part(scores_RN[2], large), 0.9)
    assert forecast.gain_over_previous.n_observed == 40
    assert forecast.gain_over_base.n_observed == 300
    # 40 shared items of 400, not 300: the same width as a round of 40 items has.
    alone = method.forecast(_part(scores_RN[2], small), 0.9).gain_over_previous
    found = forecast.gain_over_previous
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))


def test_a_round_run_in_full_after_one_run_in_part_is_uncertain() -> None:
    scores_RN = (np.random.default_rng(1).random((3, N)) < 0.5).astype(float)
    earlier = [
        in_full(scores_RN[0]),
        EarlierRound("round-1", _part(scores_RN[1], np.arange(40))),
    ]
    method = PairedSample(check_inputs(N, earlier, None, None), False)
    forecast = method.forecast(_part(scores_RN[2], np.arange(N)), 0.9)
    assert forecast.gain_over_previous.high > forecast.gain_over_previous.low
    assert forecast.gain_over_base.high == forecast.gain_over_base.low


@pytest.mark.parametrize("sizes", [(40, 150), (150, 40), (40, 400)])
def test_intervals_cover_where_rounds_ran_unequal_numbers_of_items(sizes: tuple[int, int]) -> None:
    inside = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        base_N = rng.random(N) < 0.5
        previous_N, new_N = (
            np.where(rng.random(N) < 0.3, rng.random(N) < 0.6, base_N) for _ in "ab"
        )
        scores_RN = np.array([base_N, previous_N, new_N], float)
        earlier = [in_full(scores_RN[0])]
        first = PairedSample(check_inputs(N, earlier, None, None), False)
        items_n = first.next(None, sizes[0], rng).items_Tn[0]
        earlier.append(EarlierRound("round-1", _part(scores_RN[1], items_n)))
        second = PairedSample(check_inputs(N, earlier, None, None), False)
        items_n = second.next(None, sizes[1], rng).items_Tn[0]
        gain = second.forecast(_part(scores_RN[2], items_n), 0.9).gain_over_previous
        inside.append(gain.low <= scores_RN[2].mean() - scores_RN[1].mean() <= gain.high)
    assert np.mean(inside) >= 0.85


def test_rounds_without_an_item_in_common_say_so() -> None:
    scores_RN = (np.random.default_rng(1).random((2, N)) < 0.5).astype(float)
    earlier = [EarlierRound("round-0", _part(scores_RN[0], np.arange(40)))]
    method = PairedSample(check_inputs(N, earlier, None, None), False)
    gain = method.forecast(_part(scores_RN[1], np.arange(40, 80)), 0.9).gain_over_previous
    assert np.isinf(gain.high)
    assert "no item was run on round-0 as well" in gain.warnings
