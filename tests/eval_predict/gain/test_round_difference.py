import numpy as np
import pytest

from eval_predict import Observed
from eval_predict.gain.item_model import Regressors
from eval_predict.gain.round_difference import RoundDifference, residual_correlation
from eval_predict.gain.round_estimate import RoundEstimate, round_estimate

N = 400
LEVEL = Regressors(np.ones((N, 1)), np.zeros(N), np.zeros(1), np.array([10.0]))


def _estimate(items_n: np.ndarray, scores_n: np.ndarray) -> RoundEstimate:
    n = items_n.size
    return round_estimate(
        LEVEL,
        Observed(items_n[None], scores_n[None], np.full((1, n), n / N), np.zeros(n, np.intp)),
    )


def _scores(seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(60) < 0.6).astype(float)


def test_equal_rounds_on_the_same_items_differ_by_nothing_with_little_variance() -> None:
    estimate = _estimate(np.arange(60), _scores(0))
    difference = RoundDifference.of(estimate, estimate, N)
    assert difference.modelled == 0
    assert difference.distance == 0
    assert difference.robust_variance < 0.1 * 2 * estimate.robust_variance


def test_no_change_seen_leaves_room_for_one() -> None:
    estimate = _estimate(np.arange(60), np.ones(60))
    difference = RoundDifference.of(estimate, estimate, N)
    # One of 60 items, with the finite-population correction.
    assert difference.modelled_variance >= (1 - 60 / N) / 60**2
    assert difference.robust_variance >= (1 - 60 / N) / 60**2


def test_rounds_on_different_items_have_the_sum_of_the_variances() -> None:
    new, old = _estimate(np.arange(60), _scores(0)), _estimate(np.arange(60, 120), _scores(1))
    difference = RoundDifference.of(new, old, N)
    assert residual_correlation(new, old) == 0
    assert difference.modelled_variance == pytest.approx(
        new.modelled_variance + old.modelled_variance
    )
    assert difference.robust_variance == pytest.approx(
        new.robust_variance + old.robust_variance, rel=0.1
    )


def test_a_correlation_from_few_items_is_shrunk() -> None:
    scores_n = _scores(0)
    whole = residual_correlation(*[_estimate(np.arange(60), scores_n)] * 2)
    part = residual_correlation(
        _estimate(np.arange(60), scores_n),
        _estimate(np.arange(55, 115), np.roll(scores_n, 5)),
    )
    assert whole == pytest.approx(60 / 65, abs=1e-6)
    assert part <= 0.5
