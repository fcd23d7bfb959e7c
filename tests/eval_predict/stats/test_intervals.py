import numpy as np
import pytest

from eval_predict import mean_score
from eval_predict.stats.intervals import wilson_bounds


@pytest.mark.parametrize(("right", "items"), [(3, 10), (45, 50), (90, 100)])
def test_a_sample_means_own_variance_gives_wilsons_interval(right: int, items: int) -> None:
    share = np.array([right / items])
    low_T, high_T = wilson_bounds(share, share * (1 - share) / items, 1.959963984540054)
    summary = mean_score([1.0] * right + [0.0] * (items - right))
    np.testing.assert_allclose([low_T[0], high_T[0]], [summary.low, summary.high], atol=1e-9)


def test_near_the_edge_the_longer_side_is_towards_the_middle() -> None:
    low_T, high_T = wilson_bounds(np.array([0.95, 0.05]), np.full(2, 0.0009), 2.0)
    assert 0.95 - low_T[0] > high_T[0] - 0.95 > 0
    assert high_T[1] - 0.05 > 0.05 - low_T[1] > 0


@pytest.mark.parametrize("mean", [-0.02, 0.0, 1.0, 1.03])
def test_a_mean_at_or_beyond_the_edge_is_inside_a_finite_interval(mean: float) -> None:
    low_T, high_T = wilson_bounds(np.array([mean]), np.array([0.001]), 2.0)
    assert low_T[0] <= mean <= high_T[0]
    assert 0 < high_T[0] - low_T[0] < 0.5


def test_no_variance_no_width() -> None:
    np.testing.assert_allclose(wilson_bounds(np.array([0.4]), np.zeros(1), 2.0), [[0.4], [0.4]])
