import numpy as np
import pytest

from eval_predict import Observed
from eval_predict.gain.doubly_robust_mean import doubly_robust_mean, exact_mean, shared_covariance

N = 200


def _even(items_n: np.ndarray, scores_n: np.ndarray) -> Observed:
    n = items_n.size
    return Observed(items_n[None], scores_n[None], np.full((1, n), n / N), np.zeros(n, np.intp))


def _mean(expected: float, scores_n: np.ndarray, first: int = 0):
    observed = _even(np.arange(first, first + scores_n.size), scores_n)
    return doubly_robust_mean(np.full(N, expected), np.zeros(scores_n.size), observed)


def test_an_even_samples_mean_does_not_depend_on_a_constant_expectation() -> None:
    scores_n = np.repeat([1.0, 0.0], [30, 10])
    for expected in (0.1, 0.5, 0.9):
        assert _mean(expected, scores_n).mean == pytest.approx(0.75)


def test_an_exact_mean_has_no_variance() -> None:
    estimate = exact_mean(_even(np.arange(N), np.repeat([1.0, 0.0], [150, 50])))
    assert (estimate.mean, estimate.variance) == (0.75, 0.0)


def test_rounds_on_the_same_items_share_their_error_and_others_do_not() -> None:
    scores_n = np.repeat([1.0, 0.0], [30, 10])
    one, same, other = _mean(0.5, scores_n), _mean(0.5, scores_n), _mean(0.5, scores_n, 60)
    assert shared_covariance(one, same, N) > 0.8 * one.variance
    assert shared_covariance(one, other, N) == 0
