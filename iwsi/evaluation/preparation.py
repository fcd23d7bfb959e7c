"""The files that forecasts need from outside the run, read and checked before sampling."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from eval_predict.data.matrix import ScoreMatrix
from iwsi.evaluation.forecast import budget_items
from iwsi.evaluation.history import read_history
from iwsi.recipe import Recipe


class Prepared(NamedTuple):
    """Other models' scores on the test items, and prompts without answers (records.QUESTIONS)."""

    history: ScoreMatrix | None = None
    target: pa.Table | None = None
    notes: tuple[str, ...] = ()  # how the history's files were read


def prepare_forecast(recipe: Recipe, items: Sequence[str]) -> Prepared:
    """Read what the recipe's forecasts name.

    Args:
        recipe: the recipe, with or without forecasts.
        items: N names of the test items.

    Raises:
        UserError: too small a budget, a history that does not fit, a target that cannot be read.
    """
    from iwsi.tasks.dataset import prompts_of

    settings = recipe.forecast
    if settings is None:
        return Prepared()
    budget_items(settings, len(items))
    target = prompts_of(recipe.task, settings.target) if settings.target else None
    if not settings.history:
        return Prepared(None, target)
    history = read_history([Path(path) for path in settings.history], items)
    return Prepared(history.matrix, target, history.notes)
