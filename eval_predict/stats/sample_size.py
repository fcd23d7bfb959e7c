"""How many items are needed to estimate a score, or to separate two models."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval_predict.errors import UserError
from eval_predict.stats.intervals import normal_quantile

Floats = NDArray[np.float64]

_MAX_PAIRS = 2000  # of models, for the typical variance of a difference


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """The precision that a number of items gives.

    Attributes:
        items: drawn with equal probabilities from `of` items, without replacement.
        of: items of the benchmark.
        half_width: of an estimate's interval at `level`, in the metric's own unit.
        detectable: the smallest difference that is found with the given power.
    """

    items: int
    of: int
    half_width: float
    detectable: float


def score_variance(scores_MN: Floats) -> float:
    """The variance of items' scores within a model, the median over models.

    Args:
        scores_MN: NaN where missing.

    Raises:
        UserError: (a ValueError) where no model has two scores.
    """
    variances = [_variance(row_N) for row_N in scores_MN]
    return _median("a model with two scores", variances)


def difference_variance(scores_MN: Floats, rng: np.random.Generator) -> float:
    """The variance of the difference of two models on one item, the median over pairs of models.

    Raises:
        UserError: (a ValueError) where no two models share two items.
    """
    M = len(scores_MN)
    pairs = [(one, other) for one in range(M) for other in range(one)]
    if len(pairs) > _MAX_PAIRS:
        pairs = [pairs[k] for k in rng.choice(len(pairs), _MAX_PAIRS, replace=False)]
    variances = [_variance(scores_MN[one] - scores_MN[other]) for one, other in pairs]
    return _median("two models that share two items", variances)


def plan_of(variance: float, items: int, of: int, level: float, power: float) -> ItemPlan:
    """The precision of `items` of `of`, at this variance of one item's contribution."""
    error = math.sqrt(variance / items * _left(items, of))
    reach = normal_quantile(level)
    return ItemPlan(items, of, reach * error, (reach + _one_sided(power)) * error)


def items_to_detect(variance: float, detect: float, of: int, level: float, power: float) -> int:
    """The fewest of `of` items with which a difference of `detect` is found with this power.

    Normal approximation, two-sided test at 1 − level, and the correction for a draw without
    replacement: of all items there is no error left.

    Raises:
        UserError: (a ValueError) on a difference that is not positive.

    Source: Cochran 1977, Sampling Techniques, sections 2.6 and 4.3.
    """
    if not detect > 0:
        raise UserError(field="detect", got=detect, expected="a difference above 0")
    unlimited = variance * ((normal_quantile(level) + _one_sided(power)) / detect) ** 2
    return items_at(unlimited, of)


def items_for_width(variance: float, half_width: float, of: int, level: float) -> int:
    """The fewest of `of` items whose interval reaches no further than `half_width`.

    Raises:
        UserError: (a ValueError) on a width that is not positive.
    """
    if not half_width > 0:
        raise UserError(field="half_width", got=half_width, expected="a width above 0")
    return items_at(variance * (normal_quantile(level) / half_width) ** 2, of)


def items_at(unlimited: float, of: int) -> int:
    """Items out of `of` that are as precise as `unlimited` items of an infinite population."""
    # Solves unlimited = n / (1 − (n − 1) / (of − 1)), whose right side is n at of = ∞.
    needed = unlimited * of / (of - 1 + unlimited) if of > 1 else 1.0
    return max(1, min(of, math.ceil(needed - 1e-9)))


def _left(items: int, of: int) -> float:
    """The share of the variance that a draw without replacement leaves."""
    return (of - items) / (of - 1) if of > 1 else 0.0


def _one_sided(power: float) -> float:
    return normal_quantile(2 * power - 1)


def _variance(values_N: Floats) -> float:
    seen = values_N[~np.isnan(values_N)]
    return float(seen.var(ddof=1)) if seen.size > 1 else math.nan


def _median(expected: str, variances: list[float]) -> float:
    measured = [value for value in variances if not math.isnan(value)]
    if not measured:
        raise UserError(field="scores", got="none", expected=expected)
    return float(np.median(measured))
