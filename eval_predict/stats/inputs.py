"""Checks of what the statistics are given: vectors of scores, levels, limits of a scale."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval_predict.errors import UserError
from eval_predict.stats.intervals import UNIT, Limits


def limits_of(scores: NDArray[np.float64], limits: tuple[float, float] | None) -> Limits | None:
    """The given limits, else [0, 1] where all scores are inside, else None."""
    if limits is None:
        return UNIT if UNIT.hold(scores) else None
    scale = Limits(*limits)
    if not scale.span > 0 or not scale.hold(scores):
        raise UserError(
            field="limits",
            got=f"{scale.low:g} to {scale.high:g} for scores from {scores.min():g} to"
            f" {scores.max():g}",
            expected="the least and the largest score that an item can have",
        )
    return scale


def is_binary(scores: NDArray[np.float64]) -> bool:
    """Whether all scores are 0 or 1."""
    return bool(np.isin(scores, (0.0, 1.0)).all())


def score_vector(field: str, values: ArrayLike) -> NDArray[np.float64]:
    """Values as a vector.

    Raises:
        UserError: (a ValueError) on an empty, non-finite or not one-dimensional array.
    """
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


def check_level(level: float) -> None:
    """Refuse a level that is no probability."""
    if not 0 < level < 1:
        raise UserError(field="level", got=level, expected="a number between 0 and 1, such as 0.95")
