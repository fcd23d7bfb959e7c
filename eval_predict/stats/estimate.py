"""A score with its interval: one model, two models on the same items, a mean over seeds."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval_predict.errors import UserError


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


def mean_score(scores_N: ArrayLike, level: float = 0.95) -> Estimate:
    """The mean of one model's scores, with Wilson's interval for 0/1 scores, else Student's t.

    Args:
        scores_N: (N,) finite scores, one an item.
        level: coverage of the interval, in (0, 1).

    Raises:
        UserError: (a ValueError) on an empty, non-finite or not one-dimensional array, or level.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22:209-212.
    """
    scores = _vector("scores_N", scores_N)
    _check_level(level)
    if not _is_binary(scores):
        return _student_t(scores, level, "score")
    n, value = scores.size, float(scores.mean())
    low, high = _wilson(value, n, level)
    warnings = ("only one item",) if n == 1 else ()
    return Estimate(value, low, high, level, "wilson", n, warnings)


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
    return _student_t(values, level, "run")


def paired_difference(scores_N: ArrayLike, baseline_N: ArrayLike, level: float = 0.95) -> Estimate:
    """The mean of `scores - baseline` over the same items, with an interval that respects pairing.

    Where both are 0/1: Newcombe's square-and-add interval, which stays inside [-1, 1], has a width
    even where the two never differ, and covers with few discordant pairs. Else a paired t interval.

    Args:
        scores_N: (N,) finite scores of the model.
        baseline_N: (N,) finite scores of the baseline on the same items, in the same order.
        level: coverage of the interval, in (0, 1).

    Raises:
        UserError: (a ValueError) as `mean_score`, and where the lengths differ.

    Source: Newcombe 1998, Stat. Med. 17:2635-2650, method 10.
    """
    scores, baseline = _vector("scores_N", scores_N), _vector("baseline_N", baseline_N)
    _check_level(level)
    if scores.size != baseline.size:
        raise UserError(
            field="baseline_N",
            got=f"{baseline.size} scores",
            expected=f"{scores.size}, one for each of scores_N",
        )
    if not (_is_binary(scores) and _is_binary(baseline)):
        return _student_t(scores - baseline, level, "difference", method="paired_t")
    low, high = _newcombe(_pair_counts(scores, baseline), level)
    warnings: tuple[str, ...] = ("only one item",) if scores.size == 1 else ()
    if (scores == baseline).all():
        warnings += ("the two never differ",)
    value = float((scores - baseline).mean())
    return Estimate(value, low, high, level, "newcombe_paired", scores.size, warnings)


class _PairCounts(NamedTuple):
    both: int
    only_model: int
    only_baseline: int
    neither: int


def _pair_counts(scores: NDArray[np.float64], baseline: NDArray[np.float64]) -> _PairCounts:
    model_right, baseline_right = scores == 1, baseline == 1
    return _PairCounts(
        both=int((model_right & baseline_right).sum()),
        only_model=int((model_right & ~baseline_right).sum()),
        only_baseline=int((~model_right & baseline_right).sum()),
        neither=int((~model_right & ~baseline_right).sum()),
    )


def _newcombe(counts: _PairCounts, level: float) -> tuple[float, float]:
    a, b, c, d = counts
    n = sum(counts)
    p1, p2 = (a + b) / n, (a + c) / n
    (low1, high1), (low2, high2) = _wilson(p1, n, level), _wilson(p2, n, level)
    agreement = float(a * d - b * c)
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


def _wilson(share: float, n: int, level: float) -> tuple[float, float]:
    z2 = NormalDist().inv_cdf((1 - level) / 2) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # At shares of 0 and 1 the bound equals the share, but for rounding.
    return max(min(centre - half, share), 0.0), min(max(centre + half, share), 1.0)


def _student_t(
    values: NDArray[np.float64], level: float, what: str, method: str = "student_t"
) -> Estimate:
    n, value = values.size, float(values.mean())
    if n == 1:
        warning = f"only one {what}: its spread is unknown"
        return Estimate(value, -math.inf, math.inf, level, method, n, (warning,))
    if (values == values[0]).all():
        value = float(values[0])
        warning = f"every {what} is the same: an interval without width says too much"
        return Estimate(value, value, value, level, method, n, (warning,))
    half = _t_reach(level, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(value, value - half, value + half, level, method, n)


def _t_reach(level: float, degrees_of_freedom: int) -> float:
    # scipy.special and not scipy.stats, whose import alone takes most of a second.
    from scipy.special import stdtrit

    return -float(stdtrit(degrees_of_freedom, (1 - level) / 2))


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
