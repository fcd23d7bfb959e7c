"""Variance components of several runs, and intervals with the runs' spread in them."""

import numpy as np
import pytest

from eval_predict.stats.estimate import mean_score
from eval_predict.stats.run_spread import run_spread, with_runs


def test_the_components_are_those_of_the_analysis_of_variance() -> None:
    # Means 0.5 and 1 of the runs, 0.5 and 1 of the items; the rest is ±0.25.
    spread = run_spread(np.array([[0.0, 1.0], [1.0, 1.0]]))
    assert spread is not None
    assert (spread.runs, spread.items) == (2, 2)
    assert spread.residual == pytest.approx(0.5)  # √(4 · 0.0625 / 1)
    # 0.125 between the means, of which 0.25 / 2 is due to the rest.
    assert (spread.between_runs, spread.between_items) == (0, 0)
    assert spread.mean_variance == pytest.approx(0.0625)


def test_runs_that_differ_by_a_constant_have_no_rest() -> None:
    items_N = np.array([0.1, 0.4, 0.5, 0.8])
    spread = run_spread(np.stack([items_N, items_N + 0.2, np.full(4, np.nan)])[:2])
    assert spread is not None
    assert spread.residual == pytest.approx(0, abs=1e-9)
    assert spread.between_runs == pytest.approx(np.sqrt(0.02))  # of 0 and 0.2
    assert spread.between_items == pytest.approx(items_N.std(ddof=1))


def test_items_that_a_run_lacks_are_left_out_and_one_run_has_no_spread() -> None:
    scores_RN = np.array([[1.0, 0, np.nan], [1, 1, 1]])
    spread = run_spread(scores_RN)
    assert spread is not None
    assert spread.items == 2
    assert run_spread(scores_RN[:1]) is None
    assert run_spread(scores_RN[:, 1:]) is None


def test_alike_runs_leave_the_interval_as_it_is() -> None:
    items_N = np.array([1.0, 0, 1, 1, 0, 1, 1, 0])
    spread = run_spread(np.stack([items_N] * 3))
    assert spread is not None
    mean = mean_score(items_N)
    widened = with_runs(mean, [spread], 0.95)
    assert (widened.low, widened.high) == pytest.approx((mean.low, mean.high))
    assert widened.method == "wilson_and_runs"


def test_intervals_cover_where_runs_differ() -> None:
    rng = np.random.default_rng(0)
    covered = alone = 0
    for _ in range(300):
        # Normal scores: the runs' standard deviation is a fifth of the items'.
        run_R, item_N = rng.normal(0, 0.2, 4), rng.normal(0, 1, 100)
        scores_RN = run_R[:, None] + item_N + rng.normal(0, 0.5, (4, 100))
        mean, spread = mean_score(scores_RN.mean(axis=0)), run_spread(scores_RN)
        assert spread is not None
        widened = with_runs(mean, [spread], 0.95, limits=None)
        covered += widened.low <= 0 <= widened.high
        alone += mean.low <= 0 <= mean.high
    assert alone < 0.9 * 300 < 0.92 * 300 <= covered


def test_two_runs_are_few() -> None:
    spread = run_spread(np.array([[0.0, 1, 1], [1, 1, 0]]))
    assert spread is not None
    widened = with_runs(mean_score([0.5, 1, 0.5]), [spread], 0.95)
    assert "only 2 runs: the interval is a rough one" in widened.warnings
    assert widened.low >= 0
    assert widened.high <= 1
