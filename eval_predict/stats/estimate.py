"""A score with its interval: one model, two models on the same items, a mean over seeds."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval_predict.data.frames import in_order_of
from eval_predict.errors import UserError
from eval_predict.stats.clusters import ClusteredVariance, Labels, clustered_variance
from eval_predict.stats.inputs import check_level, is_binary, limits_of, score_vector
from eval_predict.stats.intervals import (
    UNIT,
    Limits,
    bounds_within,
    mean_bounds,
    t_quantile,
)

FEW_CLUSTERS = 10  # below which Student's t with so few degrees of freedom is a guess


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval, the method, the number of items, and warnings.

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
        """The inverse of `to_dict`."""
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
    limits: tuple[float, float] | None = None,
) -> Estimate:
    """The mean of one model's scores, with an interval of Wilson's shape.

    Scores of 0 and 1 get Wilson's interval, other scores their own variance and Student's
    quantile (`mean_bounds`). With clusters the variance is cluster-robust. On a scale whose limits
    are not known the interval is the symmetric one and may leave the scale.

    Args:
        scores_N: (N,) finite scores, one an item.
        level: coverage of the interval, in (0, 1).
        population: the items of the benchmark, of which these are an even random draw; without it
            the items stand for all that could have been written.
        clusters: (N,) labels of passages or templates that several items share.
        limits: the least and the largest score that an item can have, (1, 10) say; not needed for
            scores inside [0, 1].

    Raises:
        UserError: (a ValueError) on an empty, non-finite or not one-dimensional array, or level, a
            population smaller than the sample, clusters that do not fit, and scores outside the
            limits.

    Examples:
        >>> print(mean_score([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]))
        1.000 [0.722, 1.000] (95%, wilson, 10 items)
    """
    clusters = in_order_of("clusters", clusters, scores_N)
    scores = score_vector("scores_N", scores_N)
    check_level(level)
    n, value = scores.size, float(scores.mean())
    if population is not None and population < n:
        raise UserError(
            field="population", got=f"{population} items", expected=f"{n} or more, as were scored"
        )
    scale = limits_of(scores, limits)
    if clusters is not None:
        spread = clustered_variance(scores, clusters)
        return _clustered_mean(scores, level, population, spread, scale)
    low_T, high_T = mean_bounds(scores[None], level, population, scale)
    binary = scale == UNIT and is_binary(scores)
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
    scores: NDArray[np.float64],
    level: float,
    population: int | None,
    spread: ClusteredVariance,
    scale: Limits | None,
) -> Estimate:
    n, value = scores.size, float(scores.mean())
    left = 1.0 if population is None else 1 - n / population
    quantile = t_quantile(level, spread.freedom)
    if scale is not None:
        variance = spread.variance
        if not variance:
            # As much as scores at the two limits would have.
            variance = (value - scale.low) * (scale.high - value) / spread.count
            variance = max(variance, 0.005 * 0.995 * scale.span**2 / spread.count)
        low, high = bounds_within(value, variance * left, quantile, scale)
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
    values = score_vector("values_S", values_S)
    check_level(level)
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
