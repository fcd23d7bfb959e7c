import numpy as np
import pytest

from eval_predict import UserError, mean_score, paired_difference
from eval_predict.stats.intervals import Limits, mean_bounds, wilson_bounds


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


@pytest.mark.parametrize("scores", [[9, 10, 10, 8], [1, 1, 2, 10], [10, 10, 1, 10, 10, 10]])
def test_bounds_of_a_rating_stay_on_its_scale(scores: list[float]) -> None:
    estimate = mean_score(scores, limits=(1, 10))
    assert 1 < estimate.low < estimate.value < estimate.high < 10
    # The symmetric interval of the same scores does not.
    symmetric = mean_score(scores)
    assert symmetric.low < 1 or symmetric.high > 10


def test_a_rating_s_bounds_are_those_of_the_same_scores_between_0_and_1() -> None:
    scores = np.array([3.0, 7.0, 8.0, 6.0, 9.0])
    rating, share = mean_score(scores, limits=(1, 10)), mean_score((scores - 1) / 9)
    np.testing.assert_allclose([rating.low, rating.high], [1 + 9 * share.low, 1 + 9 * share.high])


def test_a_rating_run_on_all_items_is_exact_and_on_most_nearly_so() -> None:
    scores = np.tile([2.0, 9.0], 20)
    assert mean_score(scores, population=40, limits=(1, 10)).high == scores.mean()
    most = mean_score(scores, population=42, limits=(1, 10))
    assert most.high - most.low < 0.25 * (
        mean_score(scores, limits=(1, 10)).high - mean_score(scores, limits=(1, 10)).low
    )


def test_ratings_that_are_all_alike_get_finite_bounds_where_the_scale_is_known() -> None:
    low_T, high_T = mean_bounds(np.full((1, 5), 10.0), 0.95, None, Limits(1, 10))
    # Wilson's interval of 5 of 5 begins at 0.566.
    assert (low_T[0], high_T[0]) == (pytest.approx(1 + 9 * 0.5655, abs=0.01), 10)


def test_bounds_of_ratings_cover_as_often_as_they_say() -> None:
    rng, misses = np.random.default_rng(0), 0
    share_10 = np.array([0.02, 0.02, 0.03, 0.03, 0.05, 0.05, 0.1, 0.2, 0.3, 0.2])
    truth, draws = float(share_10 @ np.arange(1, 11)), 2000
    scores_Tn = rng.choice(np.arange(1.0, 11.0), size=(draws, 10), p=share_10)
    low_T, high_T = mean_bounds(scores_Tn, 0.95, None, Limits(1, 10))
    misses = int(((truth < low_T) | (truth > high_T)).sum())
    assert 0.92 < 1 - misses / draws < 0.98


def test_a_difference_of_ratings_stays_within_what_it_can_be() -> None:
    found = paired_difference([9, 10, 8], [1, 2, 5], limits=(1, 10))
    assert -9 < found.low < found.value < found.high < 9
    assert paired_difference([9, 10, 8], [1, 2, 5]).high > 9


def test_limits_that_do_not_hold_the_scores_are_refused() -> None:
    with pytest.raises(UserError, match="limits: 1 to 5 for scores from 2 to 7"):
        mean_score([2, 7], limits=(1, 5))
