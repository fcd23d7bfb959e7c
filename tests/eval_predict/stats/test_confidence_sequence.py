import math
from statistics import NormalDist

import numpy as np
import pytest
from gain_worlds import in_full, rounds_world, run_items

from eval_predict.gain.forecaster import ArrayForecaster
from eval_predict.stats.confidence_sequence import time_uniform_reach, widening


def test_the_boundary_is_the_paper_s() -> None:
    # arXiv:2103.06476, theorem 2.2, written out for t = 50; rho² is tuned for t* = 50 at
    # alpha = 0.1 by its appendix: rho² = (−2 log alpha + log(1 − 2 log alpha)) / t*.
    t, alpha = 50, 0.1
    rho2 = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / 50
    radius = math.sqrt(
        2 * (t * rho2 + 1) / (t**2 * rho2) * math.log(math.sqrt(t * rho2 + 1) / alpha)
    )
    assert time_uniform_reach(50, 50, 0.9) == pytest.approx(radius * math.sqrt(t))


@pytest.mark.parametrize("time", [1, 10, 100, 1000])
def test_it_is_wider_than_a_single_look_at_any_time(time: float) -> None:
    assert widening(time, 100, 0.9) > 1.5


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_a_random_walk_stays_inside_at_all_times_together(level: float) -> None:
    rng = np.random.default_rng(0)
    steps_ST = rng.normal(size=(4000, 1000))
    time_T = np.arange(1, 1001)
    standard_ST = steps_ST.cumsum(axis=1) / np.sqrt(time_T)
    reach_T = np.array([time_uniform_reach(time, 100, level) for time in time_T])
    inside_S = (np.abs(standard_ST) <= reach_T).all(axis=1)
    assert inside_S.mean() >= level
    single = NormalDist().inv_cdf((1 + level) / 2)
    assert (np.abs(standard_ST) <= single).all(axis=1).mean() < 0.5


def test_sampling_without_replacement_keeps_it_too() -> None:
    rng = np.random.default_rng(1)
    N = 200
    scores_N = (np.arange(N) < 120).astype(float)
    n_L = np.arange(10, 190, 10)
    truth, spread = scores_N.mean(), scores_N.std(ddof=1)
    inside = []
    for _ in range(2000):
        mean_L = scores_N[rng.permutation(N)].cumsum()[n_L - 1] / n_L
        error_L = spread * np.sqrt((1 - n_L / N) / n_L)
        time_L = n_L / (1 - n_L / N)
        reach_L = np.array([time_uniform_reach(time, 22, 0.9) for time in time_L])
        inside.append((np.abs(mean_L - truth) <= reach_L * error_L).all())
    assert np.mean(inside) >= 0.9


@pytest.mark.parametrize("method", ["paired_dr", "auto"])
def test_the_forecasts_intervals_hold_at_every_look_together(method: str) -> None:
    # The shrunken estimate's hold on average over gains as there are, the other's for each gain.
    gains_S = 0.03 * np.random.default_rng(4).normal(size=120) if method == "auto" else [0.04] * 120
    held, fixed = [], []
    for seed, gain in enumerate(gains_S):
        scores_RN = rounds_world([gain], seed=seed)
        truth = scores_RN[1].mean() - scores_RN[0].mean()
        rows = []
        for peeking in (True, False):
            forecaster = ArrayForecaster(method=method, peeking=peeking)
            forecaster.fit(scores_RN.shape[1], [in_full(scores_RN[0])])
            observed = run_items(forecaster, scores_RN[1], [10] * 6, seed)
            looks = [
                forecaster.forecast(observed.columns(observed.stage_n <= stage))
                for stage in range(6)
            ]
            gains = [look.gain_over_previous for look in looks]
            rows.append(all(gain.low <= truth <= gain.high for gain in gains))
        held.append(rows[0])
        fixed.append(rows[1])
    assert np.mean(held) >= 0.9
    assert np.mean(fixed) <= np.mean(held)
