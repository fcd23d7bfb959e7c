"""How a caller's function runs a model on items, and what it may return."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.frames import is_series, named_scores, numbers_of
from eval_predict.errors import UserError

ScoreItems: TypeAlias = "Callable[[list[str]], Sequence[float] | Mapping[str, float]]"


def scores_of(names: list[str], given: Any) -> NDArray[np.float64]:
    """The scores that `score_items` returned, in the order of the names it was given.

    Args:
        names: of the items.
        given: scores in that order, or by name: a mapping or a series.

    Raises:
        UserError: (a ValueError) on scores that are missing, too many, or no finite numbers.
    """
    if isinstance(given, Mapping) or is_series(given):
        named = named_scores(given)
        by_name = dict(zip(named.names, named.scores.tolist(), strict=True))
        unknown = [name for name in by_name if name not in set(names)]
        if unknown:
            raise UserError(
                field="score_items",
                got=f'a score for "{unknown[0]}"',
                expected="scores of the items that it was given",
            )
        scores_n = np.array([by_name.get(name, np.nan) for name in names], np.float64)
    else:
        cells = [np.nan if score is None else score for score in given]
        scores_n = numbers_of("score_items", cells)
    if scores_n.shape != (len(names),):
        raise UserError(
            field="score_items",
            got=f"scores of shape {scores_n.shape}",
            expected=f"({len(names)},), one for each item that it was given",
        )
    bad = np.flatnonzero(~np.isfinite(scores_n))
    if bad.size:
        raise UserError(
            field="score_items",
            got=f'no score for {bad.size} of {len(names)} items (first: "{names[bad[0]]}")',
            expected="a finite number for each",
            fix="Return 0 for an item that the model could not answer.",
        )
    return scores_n


def check_random_state(seed: object) -> None:
    """Refuse a seed that is no whole number from 0.

    Raises:
        UserError: (a ValueError) on anything else.
    """
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise UserError(
            field="random_state", got=repr(seed), expected="a whole number from 0, such as 0"
        )
