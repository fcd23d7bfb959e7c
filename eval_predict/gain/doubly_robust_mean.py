"""A mean over all items from expected scores, corrected by the errors on the sampled items."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import Floats
from eval_predict.stats.survey_weights import drawn_weights

_LARGEST_VARIANCE = 0.25  # of a score in [0, 1]
_CHOICES = 2  # made by looking at the errors: their mean, and the model's main coefficients
_MOST_LEVERAGE = 0.9


class DoublyRobustMean(NamedTuple):
    """An estimate, its variance, and the contribution of each item to its error.

    Attributes:
        mean: the estimate.
        variance: of the sampling.
        items_n: the items observed.
        weight_n: how many items each stands for.
        error_n: leave-one-out error of each expected score, less the weighted mean error.
    """

    mean: float
    variance: float
    items_n: NDArray[np.intp]
    weight_n: Floats
    error_n: Floats


def doubly_robust_mean(
    expected_N: Floats, leverage_n: Floats, observed: Observed
) -> DoublyRobustMean:
    """Observed scores, expected scores elsewhere, plus the weighted mean error.

    Args:
        expected_N: predictions of all N items.
        leverage_n: leverage of each observed score on its expected score.
        observed: one target on fewer than N items.

    Source: Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, eq. 6.3.4 and 6.6.3,
    with leave-one-out errors, since the predictions have seen the scores.
    """
    N, n = expected_N.size, observed.shape[1]
    items_n, scores_n = observed.items_Tn[0], observed.scores_Tn[0]
    stands_for_n = np.maximum(drawn_weights(observed, N)[0] - 1, 0.0)
    # Together they stand for the items that were not run, whatever the draws came to.
    stands_for_n *= (N - n) / max(float(stands_for_n.sum()), 1e-12)
    weight_n = 1 + stands_for_n
    error_n = scores_n - expected_N[items_n]
    correction = float((stands_for_n * error_n).sum() / (N - n))
    filled_N = expected_N + correction
    filled_N[items_n] = scores_n
    left_out_n = (error_n - correction) / (1 - np.clip(leverage_n, 0, _MOST_LEVERAGE))
    drawn = int((stands_for_n > 0).sum())
    left_out_n = left_out_n * np.sqrt(drawn / max(drawn - _CHOICES, 1))
    variance = float((weight_n * stands_for_n * left_out_n**2).sum() / N**2)
    if drawn < 2:
        variance = _LARGEST_VARIANCE
    variance = max(variance, _least_variance(drawn, N))
    return DoublyRobustMean(float(filled_N.mean()), variance, items_n, weight_n, left_out_n)


def exact_mean(observed: Observed) -> DoublyRobustMean:
    """The mean of a target that was run on all items."""
    items_n, n = observed.items_Tn[0], observed.shape[1]
    return DoublyRobustMean(float(observed.scores_Tn.mean()), 0.0, items_n, np.ones(n), np.zeros(n))


def shared_covariance(new: DoublyRobustMean, old: DoublyRobustMean, num_items: int) -> float:
    """The covariance of two means of which the first ran items of the second's draw again.

    Both rounds share one draw and so its sampling error: Σ w (w' − 1) e e'. Two independent draws
    have a few items in common by chance, and their errors are uncorrelated.
    """
    _, new_n, old_n = np.intersect1d(new.items_n, old.items_n, return_indices=True)
    if 2 * new_n.size < min(new.items_n.size, old.items_n.size):
        return 0.0
    products = new.weight_n[new_n] * (old.weight_n[old_n] - 1)
    products = products * new.error_n[new_n] * old.error_n[old_n]
    # Their difference varies too, even where the two never differ on the items run.
    most = (new.variance + old.variance - _least_variance(new_n.size, num_items)) / 2
    limit = float(np.sqrt(new.variance * old.variance))
    return float(np.clip(products.sum() / num_items**2, -limit, min(limit, most)))


def _least_variance(drawn: int, num_items: int) -> float:
    """Lower bound of a mean error's variance: as if one error had the largest possible size."""
    return (1 - drawn / num_items) * _LARGEST_VARIANCE / max(drawn, 1) ** 2
