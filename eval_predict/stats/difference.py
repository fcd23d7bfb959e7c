"""The difference of two models' mean scores on the same items, with its interval."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval_predict.data.frames import in_order_of
from eval_predict.errors import UserError
from eval_predict.stats.clusters import ClusteredVariance, Labels, clustered_variance
from eval_predict.stats.estimate import Estimate, few_clusters
from eval_predict.stats.inputs import check_level, is_binary, limits_of, score_vector
from eval_predict.stats.intervals import (
    UNIT,
    Limits,
    bounds_within,
    normal_quantile,
    t_quantile,
    wilson,
)


def paired_difference(
    scores_N: ArrayLike,
    baseline_N: ArrayLike,
    level: float = 0.95,
    *,
    clusters: Labels | None = None,
    limits: tuple[float, float] | None = None,
) -> Estimate:
    """The mean of `scores - baseline` over the same items, with an interval that respects pairing.

    Where both are 0/1: Newcombe's square-and-add interval, which stays inside [-1, 1], has a width
    even where the two never differ, and covers with few discordant pairs; clusters make it that
    of as many fewer items as they make the variance larger. Else a paired t interval; where the
    scores have limits it has Wilson's shape, so that no bound is a difference that cannot be.

    Args:
        scores_N: (N,) finite scores of the model.
        baseline_N: (N,) finite scores of the baseline on the same items, in the same order; two
            series are matched by name.
        level: coverage of the interval, in (0, 1).
        clusters: (N,) labels of passages or templates that several items share.
        limits: the least and the largest score that an item can have; not needed for scores
            inside [0, 1].

    Raises:
        UserError: (a ValueError) as `mean_score`, and where the lengths differ.

    Source: Newcombe 1998, Stat. Med. 17:2635-2650, method 10.

    Examples:
        >>> print(paired_difference([1, 1, 1, 0], [1, 0, 0, 0]))
        0.500 [-0.135, 0.789] (95%, newcombe_paired, 4 items)
    """
    baseline_N = in_order_of("baseline_N", baseline_N, scores_N)
    clusters = in_order_of("clusters", clusters, scores_N)
    scores, baseline = score_vector("scores_N", scores_N), score_vector("baseline_N", baseline_N)
    check_level(level)
    if scores.size != baseline.size:
        raise UserError(
            field="baseline_N",
            got=f"{baseline.size} scores",
            expected=f"{scores.size}, one for each of scores_N",
        )
    spread = None if clusters is None else clustered_variance(scores - baseline, clusters)
    scale = limits_of(np.concatenate([scores, baseline]), limits)
    if scale != UNIT or not (is_binary(scores) and is_binary(baseline)):
        return _graded_difference(scores - baseline, level, spread, scale)
    counts, quantile = _pair_counts(scores, baseline), normal_quantile(level)
    warnings: tuple[str, ...] = ("only one item",) if scores.size == 1 else ()
    if (scores == baseline).all():
        warnings += ("the two never differ",)
    method = "newcombe_paired"
    if spread is not None:
        counts = _PairCounts(*(count / spread.design_effect for count in counts))
        quantile = t_quantile(level, spread.freedom)
        method, warnings = "newcombe_clusters", warnings + few_clusters(spread)
    low, high = _newcombe(counts, quantile)
    value = float((scores - baseline).mean())
    return Estimate(value, low, high, level, method, scores.size, warnings)


def _graded_difference(
    gap: NDArray[np.float64], level: float, spread: ClusteredVariance | None, scale: Limits | None
) -> Estimate:
    n, value = gap.size, float(gap.mean())
    method = "paired_t" if spread is None else "paired_clusters"
    warnings = () if spread is None else few_clusters(spread)
    if n == 1:
        alone = "only one difference: its spread is unknown"
        return Estimate(value, -math.inf, math.inf, level, method, n, (alone,))
    if (gap == gap[0]).all():
        count = n if spread is None else spread.count
        low, high = _alike_difference(float(gap[0]), count, level, scale)
        alike = "every difference is the same: their spread is unknown"
        return Estimate(float(gap[0]), low, high, level, method, n, (*warnings, alike))
    variance = float(gap.var(ddof=1)) / n if spread is None else spread.variance
    quantile = t_quantile(level, n - 1 if spread is None else spread.freedom)
    reach = quantile * math.sqrt(variance)
    low, high = value - reach, value + reach
    if scale is not None:
        apart = Limits(-scale.span, scale.span)
        low, high = bounds_within(value, variance, quantile, apart)
    return Estimate(value, low, high, level, method, n, warnings)


def _alike_difference(
    gap: float, count: int, level: float, scale: Limits | None
) -> tuple[float, float]:
    """Bounds of a difference that `count` items share: as wide as the largest differences."""
    span = 1.0 if scale is None else scale.span
    if abs(gap) > span:
        return -math.inf, math.inf
    low, high = wilson((gap / span + 1) / 2, 1 / count, normal_quantile(level))
    return span * (2 * low - 1), span * (2 * high - 1)


class _PairCounts(NamedTuple):
    # Floats, since clusters count as fewer items than they hold.
    both: float
    only_model: float
    only_baseline: float
    neither: float


def _pair_counts(scores: NDArray[np.float64], baseline: NDArray[np.float64]) -> _PairCounts:
    model_right, baseline_right = scores == 1, baseline == 1
    return _PairCounts(
        both=int((model_right & baseline_right).sum()),
        only_model=int((model_right & ~baseline_right).sum()),
        only_baseline=int((~model_right & baseline_right).sum()),
        neither=int((~model_right & ~baseline_right).sum()),
    )


def _newcombe(counts: _PairCounts, quantile: float) -> tuple[float, float]:
    a, b, c, d = counts
    n = sum(counts)
    p1, p2 = (a + b) / n, (a + c) / n
    (low1, high1), (low2, high2) = wilson(p1, 1 / n, quantile), wilson(p2, 1 / n, quantile)
    agreement = a * d - b * c
    if agreement > 0:
        # Newcombe's continuity correction; without it the interval is too short at small n.
        agreement = max(agreement - n / 2, 0.0)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    phi = agreement / math.sqrt(margins) if margins else 0.0

    def reach(side1: float, side2: float) -> float:
        # Rounding may push the square of a reach of zero below zero.
        return math.sqrt(max(side1**2 - 2 * phi * side1 * side2 + side2**2, 0.0))

    difference = (b - c) / n
    return (
        difference - reach(p1 - low1, high2 - p2),
        difference + reach(high1 - p1, p2 - low2),
    )
