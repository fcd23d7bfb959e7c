"""Design weights of items drawn in stages, and the weighted mean that corrects a predictor."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed


class Correction(NamedTuple):
    """Weighted estimates of the mean of a quantity over all items, for T targets.

    Attributes:
        mean_T: the weighted mean.
        variance_T: its estimated variance; infinite where one item says nothing of the spread.
        freedom_T: degrees of freedom for Student's t, at least 1.
    """

    mean_T: NDArray[np.float64]
    variance_T: NDArray[np.float64]
    freedom_T: NDArray[np.float64]


def stage_weights(observed: Observed, num_items: int) -> NDArray[np.float64]:
    """Weights (T, n) with which any sum over the N items is estimated without bias.

    Stage k alone gives an unbiased sum: what was seen before counts once, its own draws count
    1/π. Mixed by fixed a_k, these sums give an item of stage j the weight a_j/π_j + Σ_{k>j} a_k.
    Each item's weight, 0 where it was not drawn, has mean 1 however the later probabilities depend
    on the earlier scores. The sums of two stages are uncorrelated, and a_k is one over stage k's
    variance had it been even: n_k / (R_k (R_k - n_k)) with R_k items left before it. That is
    nearly the stage's share of the budget, and exactly N/n for every item if all draws were even.

    An item that was chosen and not drawn (NaN probability) counts as if its stage had been an even
    draw from the items left; `design_warnings` says so.

    Args:
        observed: T targets, n items each, with the probabilities of their draws.
        num_items: N.

    Source: Raj 1956, J. Am. Stat. Assoc. 51:269-284 (the ordered estimator of draws
    without replacement, here with several items a draw).
    """
    _, stage_of_n, size_K = np.unique(observed.stage_n, return_inverse=True, return_counts=True)
    left_K = num_items - np.cumsum(size_K) + size_K
    share_K = _shares(size_K, left_K)
    later_K = 1 - np.cumsum(share_K)
    even_Tn = np.broadcast_to((size_K / left_K)[stage_of_n], observed.shape)
    probability_Tn = np.where(_drawn(observed), np.minimum(observed.probability_Tn, 1), even_Tn)
    return np.asarray(share_K[stage_of_n] / probability_Tn + later_K[stage_of_n], np.float64)


def drawn_weights(observed: Observed, num_items: int) -> NDArray[np.float64]:
    """`stage_weights` (T, n) of the items that were drawn; 1 for one that was chosen.

    A chosen item stands for itself alone, beside draws that stand for the others. Where nothing
    was drawn at all, the items count as an even draw after all.

    Args:
        observed: T targets, n items each; which of them were drawn may differ between targets.
        num_items: N.
    """
    drawn_Tn = _drawn(observed)
    weight_Tn = np.ones(observed.shape)
    patterns_Pn, which_T = np.unique(drawn_Tn, axis=0, return_inverse=True)
    for number, drawn_n in enumerate(patterns_Pn):
        rows_t = np.flatnonzero(which_T.ravel() == number)
        columns_n = drawn_n if drawn_n.any() else ~drawn_n
        group = observed.rows(rows_t).columns(columns_n)
        weight_Tn[np.ix_(rows_t, np.flatnonzero(columns_n))] = stage_weights(group, num_items)
    return weight_Tn


def design_warnings(observed: Observed) -> tuple[str, ...]:
    """A warning where items were chosen, so that their weights are only assumed."""
    undrawn = int((~_drawn(observed)).any(axis=0).sum())
    if not undrawn:
        return ()
    return (
        f"{undrawn} of {observed.shape[1]} items were chosen, not drawn: counted as an even draw, "
        "so the estimate may be biased",
    )


def weighted_mean(
    value_Tn: NDArray[np.float64], weight_Tn: NDArray[np.float64], num_items: int
) -> Correction:
    """Hájek's mean of values over all N items, with the finite-population correction.

    For one even draw mean and variance are those of simple random sampling. With unequal weights
    the variance is that of independent draws, linearised: Σ w(w−1)(y−ȳ)² / (Σ w)² · n/(n−1); it is
    on the safe side for systematic draws. The degrees of freedom are Kish's effective size less 1.

    Args:
        value_Tn: (T, n) values of the drawn items, a predictor's residuals say.
        weight_Tn: (T, n) weights as from `stage_weights`.
        num_items: N.

    Source: Hájek 1971; Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling,
    chapter 5; Kish 1965, Survey Sampling (effective size).
    """
    n = value_Tn.shape[1]
    total_T = weight_Tn.sum(axis=1)
    mean_T = (weight_Tn * value_Tn).sum(axis=1) / total_T
    if n == 1:
        return Correction(mean_T, np.full_like(mean_T, np.inf), np.ones_like(mean_T))
    spread_Tn = (value_Tn - mean_T[:, None]) ** 2
    # A nearly sure item of a late stage may weigh less than 1, and has no variance to speak of.
    scaled_Tn = np.maximum(weight_Tn * (num_items / total_T)[:, None], 1)
    variance_T = (scaled_Tn * (scaled_Tn - 1) * spread_Tn).sum(axis=1) / num_items**2
    freedom_T = np.maximum(effective_size(weight_Tn) - 1, 1)
    return Correction(mean_T, variance_T * n / (n - 1), freedom_T)


def effective_size(weight_Tn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kish's effective number of items (T,): as many of one weight would say as much."""
    return np.asarray(weight_Tn.sum(axis=1) ** 2 / (weight_Tn**2).sum(axis=1))


def _drawn(observed: Observed) -> NDArray[np.bool_]:
    drawn: NDArray[np.bool_] = observed.probability_Tn > 0
    return drawn


def _shares(size_K: NDArray[np.intp], left_K: NDArray[np.intp]) -> NDArray[np.float64]:
    unseen_K = left_K - size_K
    if not unseen_K.all():
        # The stage that takes all that is left knows the sum exactly.
        return np.asarray(unseen_K == 0, np.float64)
    precision_K = size_K / (left_K * unseen_K)
    return np.asarray(precision_K / precision_K.sum())
