"""Importance weights from log ratios: truncated or Pareto-smoothed, normalised, and diagnosed."""

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.errors import UserError

Truncation = float | Literal["psis"]
_MIN_TAIL = 5  # a generalised Pareto distribution is not fitted to fewer weights


class Weights(NamedTuple):
    """Self-normalised weights of S source items, and whether they can carry a mean.

    Attributes:
        weight_S: they sum to one.
        ess: effective sample size, 1 / Σ w², after truncation.
        top_share: share of the weight on the heaviest 1% of items (at least one item).
        khat: shape of the tail of the weights before truncation; above 0.7 their mean is not to
            be trusted, NaN where there are too few to tell.
    """

    weight_S: NDArray[np.float64]
    ess: float
    top_share: float
    khat: float


def weigh(log_ratio_S: NDArray[np.float64], truncate: Truncation = 0.9) -> Weights:
    """Weights from `log p_T − log p_S`, whatever constant it lacks.

    Args:
        log_ratio_S: (S,) finite log ratios.
        truncate: the percentile, in (0, 1], above which ratios are cut to it, or "psis".

    Raises:
        UserError: (a ValueError) on another truncation.

    Source: arXiv:2508.01203 (truncation at the 90th percentile); Kong 1992 (effective
    sample size); arXiv:1507.02646 (smoothing and k̂).
    """
    smoothed_S, khat = pareto_smooth(log_ratio_S)
    if truncate == "psis":
        kept_S = smoothed_S
    elif isinstance(truncate, int | float) and 0 < truncate <= 1:
        kept_S = np.minimum(log_ratio_S, np.quantile(log_ratio_S, truncate))
    else:
        raise UserError(
            field="truncate",
            got=truncate,
            expected='a percentile in (0, 1], such as 0.9, or "psis"',
        )
    weight_S = np.exp(kept_S - kept_S.max())
    weight_S /= weight_S.sum()
    heavy = max(1, round(0.01 * weight_S.size))
    top_share = float(np.sort(weight_S)[-heavy:].sum())
    return Weights(weight_S, float(1 / np.square(weight_S).sum()), top_share, khat)


def pareto_smooth(log_ratio_S: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Log ratios with their upper tail replaced by quantiles of a fitted Pareto, and its shape k̂.

    The tail holds min(S/5, 3√S) ratios. It stays as it is, with k̂ NaN, where it has fewer than
    five or all are the same.

    Source: arXiv:1507.02646.
    """
    size = log_ratio_S.size
    tail = math.ceil(min(size / 5, 3 * math.sqrt(size)))
    order = np.argsort(log_ratio_S, kind="stable")
    if tail < _MIN_TAIL or tail >= size:
        return log_ratio_S, math.nan
    top = float(log_ratio_S[order[-1]])
    cut = float(log_ratio_S[order[-tail - 1]]) - top
    excess_K = np.exp(log_ratio_S[order[-tail:]] - top) - math.exp(cut)
    if excess_K[-1] <= 1e-12:
        return log_ratio_S, math.nan
    shape, scale = _fit_pareto(np.maximum(excess_K, 1e-300))
    middle_K = (np.arange(tail) + 0.5) / tail
    if abs(shape) < 1e-9:
        quantile_K = -scale * np.log1p(-middle_K)
    else:
        quantile_K = scale * np.expm1(-shape * np.log1p(-middle_K)) / shape
    smoothed_S = log_ratio_S.copy()
    # No weight may exceed the largest that was there.
    smoothed_S[order[-tail:]] = np.minimum(np.log(quantile_K + math.exp(cut)), 0) + top
    return smoothed_S, shape


def _fit_pareto(excess_K: NDArray[np.float64]) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution, from sorted positive excesses.

    The profile likelihood is averaged over a grid, and the shape is drawn to 0.5 as by ten more
    observations.

    Source: Zhang & Stephens 2009, Technometrics 51:316-325; arXiv:1507.02646.
    """
    size = excess_K.size
    points = 30 + math.isqrt(size)
    quartile = excess_K[int(size / 4 + 0.5) - 1]
    steps_G = np.arange(1, points + 1) - 0.5
    rate_G = 1 / excess_K[-1] + (1 - np.sqrt(points / steps_G)) / (3 * quartile)
    shape_G = np.log1p(-rate_G[:, None] * excess_K).mean(axis=1)
    likelihood_G = size * (np.log(-rate_G / shape_G) - shape_G - 1)
    share_G = np.exp(likelihood_G - likelihood_G.max())
    rate = float(rate_G @ share_G / share_G.sum())
    shape = float(np.log1p(-rate * excess_K).mean())
    return (size * shape + 5) / (size + 10), -shape / rate
