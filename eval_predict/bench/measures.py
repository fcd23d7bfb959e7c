"""Measures of a method's estimates: their intervals, and the error to compare theirs with."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_ROUNDING = 1e-9  # an interval without width still covers a truth that was summed in another order


class IntervalFigures(NamedTuple):
    """Share of intervals that hold the truth; mean width and score in points of 100."""

    coverage: float
    width: float
    score: float


def interval_figures(
    truth_E: NDArray[np.float64],
    low_E: NDArray[np.float64],
    high_E: NDArray[np.float64],
    level: float,
) -> IntervalFigures | None:
    """Figures of the finite intervals, in points of 100; None where there are none.

    The score is the width plus `2 / (1 - level)` times the distance by which an interval misses
    (Gneiting & Raftery 2007, J. Am. Stat. Assoc. 102:359-378, eq. 43): lower is better.
    """
    bounded_E = np.isfinite(low_E) & np.isfinite(high_E)
    if not bounded_E.any():
        return None
    truth_E, low_E, high_E = truth_E[bounded_E], low_E[bounded_E], high_E[bounded_E]
    missed_E = np.maximum(low_E - truth_E, 0) + np.maximum(truth_E - high_E, 0)
    width_E = high_E - low_E
    score = width_E + 2 / (1 - level) * missed_E
    return IntervalFigures(
        float((missed_E <= _ROUNDING).mean()),
        100 * float(width_E.mean()),
        100 * float(score.mean()),
    )


def random_sampling_error(truth_TN: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The expected absolute error (T,) of the mean of `count` items drawn at random.

    Exact for scores of 0 and 1, by the hypergeometric distribution; else by the normal
    approximation.
    """
    from scipy.special import gammaln

    N = truth_TN.shape[1]
    if not np.isin(truth_TN, (0.0, 1.0)).all():
        spread_T = truth_TN.std(axis=1, ddof=1) if N > 1 else np.zeros(len(truth_TN))
        error_T = spread_T * math.sqrt(2 / math.pi * (1 - count / N) / count)
        return np.asarray(error_T, np.float64)

    def log_choose(n: Any, k: Any) -> Any:
        inside = (k >= 0) & (k <= n)
        k = np.where(inside, k, 0)
        log = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return np.where(inside, log, -np.inf)

    right_T1 = truth_TN.sum(axis=1, keepdims=True)
    drawn_n = np.arange(count + 1.0)
    log_Tn = log_choose(right_T1, drawn_n) + log_choose(N - right_T1, count - drawn_n)
    log_Tn -= log_choose(N, count)
    gap_Tn = np.abs(drawn_n / count - right_T1 / N)
    return np.asarray((np.exp(log_Tn) * gap_Tn).sum(axis=1), np.float64)


def rank_correlation(value_T: Sequence[float], truth_T: NDArray[np.float64]) -> float | None:
    """Spearman's, None below three targets or where all of either are the same."""
    from scipy.stats import rankdata

    if len(truth_T) < 3:
        return None
    ranks = rankdata([value_T, truth_T], axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    norm = math.sqrt(float((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum()))
    return float(ranks[0] @ ranks[1]) / norm if norm else None
