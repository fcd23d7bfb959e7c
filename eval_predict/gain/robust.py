"""A mean over all items from chances of them, corrected by the errors on the items drawn."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import Floats
from eval_predict.stats.survey_weights import drawn_weights

_LARGEST_VARIANCE = 0.25  # that of a score in [0, 1]
_CHOICES = 2  # made by looking at the errors: their mean, and the model's main coefficients
_MOST_LEVERAGE = 0.9


class RobustMean(NamedTuple):
    """An estimate, its variance, and which item contributes what to its error.

    Attributes:
        mean: the estimate.
        variance: what the sampling leaves.
        items_n: the items observed.
        weight_n: how many items each stands for.
        error_n: score less chance, had the item been left out, less their weighted mean.
    """

    mean: float
    variance: float
    items_n: NDArray[np.intp]
    weight_n: Floats
    error_n: Floats


def robust_mean(chance_N: Floats, leverage_n: Floats, observed: Observed) -> RobustMean:
    """The observed scores, chances for the others, and the weighted mean of the errors.

    Args:
        chance_N: predictions of all N items.
        leverage_n: how far each observed score pulled its own prediction.
        observed: one target on fewer than N items.

    Source: Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, eq. 6.3.4 and 6.6.3,
    with leave-one-out errors, since the predictions have seen the scores.
    """
    N, n = chance_N.size, observed.shape[1]
    items_n, scores_n = observed.items_Tn[0], observed.scores_Tn[0]
    stands_for_n = np.maximum(drawn_weights(observed, N)[0] - 1, 0.0)
    # Together they stand for the items that were not run, whatever the draws came to.
    stands_for_n *= (N - n) / max(float(stands_for_n.sum()), 1e-12)
    weight_n = 1 + stands_for_n
    error_n = scores_n - chance_N[items_n]
    correction = float((stands_for_n * error_n).sum() / (N - n))
    filled_N = chance_N + correction
    filled_N[items_n] = scores_n
    left_out_n = (error_n - correction) / (1 - np.clip(leverage_n, 0, _MOST_LEVERAGE))
    drawn = int((stands_for_n > 0).sum())
    left_out_n = left_out_n * np.sqrt(drawn / max(drawn - _CHOICES, 1))
    variance = float((weight_n * stands_for_n * left_out_n**2).sum() / N**2)
    if drawn < 2:
        variance = _LARGEST_VARIANCE
    variance = max(variance, _least_variance(drawn, N))
    return RobustMean(float(filled_N.mean()), variance, items_n, weight_n, left_out_n)


def exact_mean(observed: Observed) -> RobustMean:
    """The mean of a target that was run on all items."""
    items_n, n = observed.items_Tn[0], observed.shape[1]
    return RobustMean(float(observed.scores_Tn.mean()), 0.0, items_n, np.ones(n), np.zeros(n))


def shared_covariance(new: RobustMean, old: RobustMean, num_items: int) -> float:
    """The covariance of two means of which the first ran items of the second's draw again.

    Both inclusions are one draw's, so what the draw missed is missed by both: Σ w (w' − 1) e e'.
    Two draws of their own have a few items in common by chance, which says nothing.
    """
    _, here, there = np.intersect1d(new.items_n, old.items_n, return_indices=True)
    if 2 * here.size < min(new.items_n.size, old.items_n.size):
        return 0.0
    products = new.weight_n[here] * (old.weight_n[there] - 1)
    products = products * new.error_n[here] * old.error_n[there]
    # Their difference varies too, even where the two never differ on the items run.
    most = (new.variance + old.variance - _least_variance(here.size, num_items)) / 2
    limit = float(np.sqrt(new.variance * old.variance))
    return float(np.clip(products.sum() / num_items**2, -limit, min(limit, most)))


def _least_variance(drawn: int, num_items: int) -> float:
    """That of a mean of errors, all 0 by chance perhaps: as if one had been of the prior's size."""
    return (1 - drawn / num_items) * _LARGEST_VARIANCE / max(drawn, 1) ** 2
