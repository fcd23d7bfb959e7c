"""A score with its interval: one model, two models on the same items, a mean over seeds."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval_predict.data.frames import in_order_of
from eval_predict.errors import UserError
from eval_predict.stats.clusters import ClusteredVariance, Labels, clustered_variance
from eval_predict.stats.intervals import (
    mean_bounds,
    normal_quantile,
    t_quantile,
    wilson,
    wilson_bounds,
)

FEW_CLUSTERS = 10  # below which Student's t with so few degrees of freedom is a guess


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value never stands alone: what it is, how sure, by which method, from how much.

    `low` and `high` are infinite where the data say nothing about the spread (one run, say),
    so that no decision can mistake ignorance for certainty.
    """

    value: float
    low: float
    high: float
    level: float
    method: str
    n_observed: int
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The estimate in one line, without its warnings."""
        numbers = f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"
        return f"{numbers} ({self.level:.0%}, {self.method}, {self.n_observed} items)"

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON takes them: an infinite bound becomes None, warnings a list."""
        fields = asdict(self)
        for bound in ("low", "high"):
            if math.isinf(fields[bound]):
                fields[bound] = None
        return {**fields, "warnings": list(self.warnings)}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """What `to_dict` gave."""
        low, high = fields["low"], fields["high"]
        bounds = {
            "low": -math.inf if low is None else low,
            "high": math.inf if high is None else high,
        }
        return cls(**{**fields, **bounds, "warnings": tuple(fields["warnings"])})


def mean_score(
    scores_N: ArrayLike,
    level: float = 0.95,
    *,
    population: int | None = None,
    clusters: Labels | None = None,
) -> Estimate:
    """The mean of one model's scores, with an interval of Wilson's shape.

    Scores of 0 and 1 get Wilson's interval, other scores their own variance and Student's
    quantile (`mean_bounds`). With clusters the variance is cluster-robust.

    Args:
        scores_N: (N,) finite scores, one an item.
        level: coverage of the interval, in (0, 1).
        population: the items of the benchmark, of which these are an even random draw; without it
            the items stand for all that could have been written.
        clusters: (N,) labels of passages or templates that several items share.

    Raises:
        UserError: (a ValueError) on an empty, non-finite or not one-dimensional array, or level, a
            population smaller than the sample, and clusters that do not fit.

    Example:
        >>> print(mean_score([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]))
        1.000 [0.722, 1.000] (95%, wilson, 10 items)
    """
    clusters = in_order_of("clusters", clusters, scores_N)
    scores = _vector("scores_N", scores_N)
    _check_level(level)
    n, value = scores.size, float(scores.mean())
    if population is not None and population < n:
        raise UserError(
            field="population", got=f"{population} items", expected=f"{n} or more, as were scored"
        )
    if clusters is not None:
        return _clustered_mean(scores, level, population, clustered_variance(scores, clusters))
    low_T, high_T = mean_bounds(scores[None], level, population)
    binary = _is_binary(scores)
    method = "wilson" if binary else "student_t"
    warnings: tuple[str, ...] = ()
    if population == n:
        method = "all_items"
    elif n == 1:
        warnings = ("only one item",) if binary else ("only one score: its spread is unknown",)
    elif not binary and (scores == scores[0]).all():
        value = float(scores[0])
        warnings = ("every score is the same: their spread is unknown",)
    return Estimate(value, float(low_T[0]), float(high_T[0]), level, method, n, warnings)


def _clustered_mean(
    scores: NDArray[np.float64], level: float, population: int | None, spread: ClusteredVariance
) -> Estimate:
    n, value = scores.size, float(scores.mean())
    left = 1.0 if population is None else 1 - n / population
    quantile = t_quantile(level, spread.freedom)
    inside = scores.min() >= 0 and scores.max() <= 1
    if inside and spread.variance == 0:
        low, high = wilson(value, left / spread.count, quantile)
    elif inside:
        low_T, high_T = wilson_bounds(
            np.array([value]), np.array([spread.variance * left]), quantile
        )
        low, high = float(low_T[0]), float(high_T[0])
    else:
        reach = quantile * math.sqrt(spread.variance * left)
        low, high = value - reach, value + reach
    return Estimate(value, low, high, level, "clusters", n, few_clusters(spread))


def few_clusters(spread: ClusteredVariance) -> tuple[str, ...]:
    """A warning where a cluster-robust variance rests on too few clusters."""
    if spread.count >= FEW_CLUSTERS:
        return ()
    return (f"only {spread.count} clusters: the interval is a rough one",)


def mean_over_seeds(values_S: ArrayLike, level: float = 0.95) -> Estimate:
    """The mean of one number over runs that differ in their seed, with Student's t interval.

    Args:
        values_S: (S,) finite values, one a run.
        level: coverage of the interval, in (0, 1).

    Raises:
        UserError: (a ValueError) on an empty, non-finite or not one-dimensional array, or level.
    """
    values = _vector("values_S", values_S)
    _check_level(level)
    n, value = values.size, float(values.mean())
    if n == 1:
        alone = "only one run: its spread is unknown"
        return Estimate(value, -math.inf, math.inf, level, "student_t", n, (alone,))
    if (values == values[0]).all():
        alike = "every run is the same: an interval without width says too much"
        value = float(values[0])
        return Estimate(value, value, value, level, "student_t", n, (alike,))
    half = t_quantile(level, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(value, value - half, value + half, level, "student_t", n)


def paired_difference(
    scores_N: ArrayLike,
    baseline_N: ArrayLike,
    level: float = 0.95,
    *,
    clusters: Labels | None = None,
) -> Estimate:
    """The mean of `scores - baseline` over the same items, with an interval that respects pairing.

    Where both are 0/1: Newcombe's square-and-add interval, which stays inside [-1, 1], has a width
    even where the two never differ, and covers with few discordant pairs; clusters make it that
    of as many fewer items as they make the variance larger. Else a paired t interval.

    Args:
        scores_N: (N,) finite scores of the model.
        baseline_N: (N,) finite scores of the baseline on the same items, in the same order; two
            series are matched by name.
        level: coverage of the interval, in (0, 1).
        clusters: (N,) labels of passages or templates that several items share.

    Raises:
        UserError: (a ValueError) as `mean_score`, and where the lengths differ.

    Source: Newcombe 1998, Stat. Med. 17:2635-2650, method 10.

    Example:
        >>> print(paired_difference([1, 1, 1, 0], [1, 0, 0, 0]))
        0.500 [-0.135, 0.789] (95%, newcombe_paired, 4 items)
    """
    baseline_N = in_order_of("baseline_N", baseline_N, scores_N)
    clusters = in_order_of("clusters", clusters, scores_N)
    scores, baseline = _vector("scores_N", scores_N), _vector("baseline_N", baseline_N)
    _check_level(level)
    if scores.size != baseline.size:
        raise UserError(
            field="baseline_N",
            got=f"{baseline.size} scores",
            expected=f"{scores.size}, one for each of scores_N",
        )
    spread = None if clusters is None else clustered_variance(scores - baseline, clusters)
    if not (_is_binary(scores) and _is_binary(baseline)):
        return _graded_difference(scores - baseline, level, spread)
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
    gap: NDArray[np.float64], level: float, spread: ClusteredVariance | None
) -> Estimate:
    n, value = gap.size, float(gap.mean())
    method = "paired_t" if spread is None else "paired_clusters"
    warnings = () if spread is None else few_clusters(spread)
    if n == 1:
        alone = "only one difference: its spread is unknown"
        return Estimate(value, -math.inf, math.inf, level, method, n, (alone,))
    if (gap == gap[0]).all():
        low, high = _alike_difference(float(gap[0]), n if spread is None else spread.count, level)
        alike = "every difference is the same: their spread is unknown"
        return Estimate(float(gap[0]), low, high, level, method, n, (*warnings, alike))
    variance = float(gap.var(ddof=1)) / n if spread is None else spread.variance
    reach = t_quantile(level, n - 1 if spread is None else spread.freedom) * math.sqrt(variance)
    return Estimate(value, value - reach, value + reach, level, method, n, warnings)


def _alike_difference(gap: float, count: int, level: float) -> tuple[float, float]:
    """Bounds of a difference that `count` items share: as wide as differences of −1 and 1."""
    if abs(gap) > 1:
        return -math.inf, math.inf
    low, high = wilson((gap + 1) / 2, 1 / count, normal_quantile(level))
    return 2 * low - 1, 2 * high - 1


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


def _is_binary(scores: NDArray[np.float64]) -> bool:
    return bool(np.isin(scores, (0.0, 1.0)).all())


def _vector(field: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        vector = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UserError(field=field, got=error, expected="numbers") from error
    if vector.ndim != 1 or not vector.size:
        raise UserError(field=field, got=f"shape {vector.shape}", expected="(N,) with N ≥ 1")
    bad = np.flatnonzero(~np.isfinite(vector))
    if bad.size:
        raise UserError(
            field=field,
            got=f"{bad.size} of {vector.size} not finite (first at {bad[0]})",
            expected="finite numbers",
        )
    return vector


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise UserError(field="level", got=level, expected="a number between 0 and 1, such as 0.95")
