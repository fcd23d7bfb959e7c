"""Combines the estimate from prompts with that of a few target items that were run."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.combine import Result

_PRIOR_ITEMS = 5  # how many items' worth the source's variance counts beside the labels' own
_SURPRISE = 2.7  # nine in ten squared differences, in units of their variance, are below it
_SLOPE_ITEMS = 20  # labels at which half of their own slope is believed


class Labelled(NamedTuple):
    """Estimates (M,) and their variances once target labels are used."""

    value_M: NDArray[np.float64]
    variance_M: NDArray[np.float64]


def with_labels(
    result: Result, variance_M: NDArray[np.float64], labels_MT: NDArray[np.float64]
) -> Labelled:
    """Combine estimates from prompts with scores of target items that were run.

    The labels give a mean of their own, corrected by what the regression says of the items that
    were not run; the prompts' estimate is the other. They are averaged by precision. Where the two
    differ by more than both variances allow, the prompts' variance is raised by the excess, so
    that labels always win in the end.

    Args:
        result: what the prompts say of M models.
        variance_M: the variances of `result.value_M`, the unexplained shift included.
        labels_MT: scores on the T target items, NaN where an item was not run.

    Source: arXiv:2301.09633 and arXiv:2311.01453 (prediction-powered inference, with a
    coefficient that shrinks where predictions say little); DerSimonian & Laird 1986 for the
    variance that a difference reveals.
    """
    values, variances = [], []
    for m, labels_T in enumerate(labels_MT):
        seen_T = ~np.isnan(labels_T)
        if not seen_T.any():
            values.append(result.value_M[m])
            variances.append(variance_M[m])
            continue
        mean, variance = _from_labels(
            labels_T[seen_T], result.predicted_TM[:, m], seen_T, float(result.error_M[m])
        )
        gap, prior = (mean - result.value_M[m]) ** 2, float(variance_M[m])
        doubt = max(prior, gap - variance - _SURPRISE * (prior + variance), 1e-12)
        share = doubt / (doubt + variance)
        values.append(share * mean + (1 - share) * result.value_M[m])
        variances.append(share * variance)
    return Labelled(np.array(values), np.array(variances))


def _from_labels(
    labels_n: NDArray[np.float64],
    predicted_T: NDArray[np.float64],
    seen_T: NDArray[np.bool_],
    error: float,
) -> tuple[float, float]:
    """The mean over all T items from n labels, with its variance."""
    n, T = len(labels_n), len(predicted_T)
    predicted_n = predicted_T[seen_T]
    off_n = predicted_n - predicted_n.mean()
    square = float(off_n @ off_n)
    slope = float(off_n @ labels_n) / square if square > 1e-12 else 0.0
    slope = float(np.clip(slope, 0, 1)) * n / (n + _SLOPE_ITEMS)
    mean = float(labels_n.mean() + slope * (predicted_T.mean() - predicted_n.mean()))
    residual_n = labels_n - slope * predicted_n
    square = float(np.square(residual_n - residual_n.mean()).sum())
    variance = (square + _PRIOR_ITEMS * error) / (max(n - 1, 0) + _PRIOR_ITEMS)
    return mean, variance * (1 - n / T) / n
