"""The Python interface: runs a recipe, reads a run, votes and weighs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from eval_predict.errors import UserError
from iwsi.filter import ds_weight as weights
from iwsi.filter import vote as votes
from iwsi.recipe import Recipe
from iwsi.recipe import load as recipes
from iwsi.recipe.shipped import find_recipe
from iwsi.result import RunResult
from iwsi.rounds.damage import explaining_damage
from iwsi.rounds.display import Display, Silent
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.loop import run_recipe
from iwsi.rounds.run_dir import read_recipe, run_target
from iwsi.rounds.summary import summarise

if TYPE_CHECKING:
    import pandas as pd


Overrides = Sequence[str] | Mapping[str, Any]


def run(
    recipe: Recipe | str | Path,
    overrides: Overrides = (),
    run_dir: str | Path | None = None,
    *,
    until: str | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> RunResult:
    """Run a recipe, or go on with a run; stages that are done stay done.

    Args:
        recipe: a recipe, its file, the name of one that ships, or a run directory.
        overrides: `key=value` texts, or a mapping from dotted keys to values.
        run_dir: where the run is kept; None: `runs/` and the recipe's name, or the run itself.
        until: the last stage to do, such as `select` or `2/train`.
        overwrite: whether results that depend on what changed may be made again.
        progress: whether a bar for each stage is shown on standard error.

    Raises:
        UserError: (a ValueError) as `iwsi run` tells it.

    Examples:
        `result = iwsi.run("tiny_arith", {"rounds": 1}, "runs/first")`, then `result.rounds`.
    """
    if isinstance(recipe, Recipe):
        loaded = recipes.override(recipe, _texts(overrides))
        root = Path(run_dir) if run_dir else Path("runs") / recipe.task.name
    else:
        folder = Path(run_dir) if run_dir else None
        source, root = run_target(_source(recipe), folder)
        loaded = recipes.load_recipe(source, _texts(overrides))
    root = root.resolve()
    if progress:
        from rich.console import Console

        from iwsi.commands.progress import RunDisplay

        with RunDisplay(Console(stderr=True)) as display:
            return _run(loaded, root, display, until, overwrite)
    return _run(loaded, root, Silent(), until, overwrite)


def open_run(run_dir: str | Path) -> RunResult:
    """The results of a run directory so far; nothing is run.

    Raises:
        UserError: it is no run directory.
    """
    root = Path(run_dir).resolve()
    recipe = read_recipe(root)
    with explaining_damage(root):
        return RunResult(root, recipe, summarise(root, recipe, Ledger(root)))


def load_recipe(recipe: str | Path, overrides: Overrides = ()) -> Recipe:
    """Read a recipe.

    Args:
        recipe: its file, or the name of one that ships.
        overrides: `key=value` texts, or a mapping from dotted keys to values.

    Raises:
        UserError: a file that cannot be read, or a key or value that recipes do not have.

    Examples:
        >>> load_recipe("tiny_arith", {"filter.keep": 0.5}).filter.keep
        0.5
    """
    return recipes.load_recipe(_source(recipe), _texts(overrides))


def vote(
    questions: ArrayLike,
    answers: ArrayLike,
    *,
    truncated: ArrayLike | None = None,
    tie: votes.Tie = "drop",
    min_votes: int = 1,
) -> "pd.DataFrame":
    """The majority answer of each question's candidates (self-consistency, arXiv:2203.11171).

    Args:
        questions: (N,) which question each candidate answers.
        answers: (N,) canonical answers, None where the text holds none.
        truncated: (N,) candidates cut off before their end: they do not vote.
        tie: drop: a tie is no majority; first: the answer sampled first wins it.
        min_votes: fewest candidates that must agree.

    Returns:
        A row a candidate: majority, vote_share, vote_share_all, vote_entropy, agrees, reason.

    Examples:
        >>> vote(["q", "q", "q"], ["4", "4", "5"])["agrees"].tolist()
        [True, True, False]
    """
    import pandas as pd

    names, given = (pa.array(_strings(column), pa.string()) for column in (questions, answers))
    if len(names) != len(given):
        raise UserError(
            field="answers", got=f"{len(given)} answers", expected=f"{len(names)}, one a question"
        )
    cut = None if truncated is None else np.asarray(truncated, bool)
    result = votes.vote(names, given, truncated=cut, tie=tie, min_votes=min_votes)
    frame: pd.DataFrame = pa.table(result.columns()).to_pandas()
    return frame.set_axis(questions.index) if isinstance(questions, pd.Series) else frame


def ds_weight(nll: ArrayLike, validation_nll: ArrayLike) -> NDArray[np.float64]:
    """How far each candidate's loss is from the labelled rows', 1 or more (arXiv:2408.09849).

    Args:
        nll: (N,) mean token loss of each candidate, nats; NaN where it was not scored.
        validation_nll: (V,) mean token loss of each labelled row.

    Raises:
        UserError: no labelled rows, or a mean loss that is not positive and finite.

    Examples:
        >>> ds_weight([2.0, 0.5, 1.0], [1.0]).tolist()
        [2.0, 2.0, 1.0]
    """
    return weights.ds_weight(np.asarray(nll, float), np.asarray(validation_nll, float))


def _run(
    recipe: Recipe, root: Path, display: Display, until: str | None, overwrite: bool
) -> RunResult:
    summary = run_recipe(recipe, root, display, until=until, overwrite=overwrite)
    return RunResult(root, read_recipe(root), summary)


def _source(recipe: str | Path) -> Path:
    path = Path(recipe)
    return path if path.exists() or path.suffix in (".yaml", ".yml") else find_recipe(str(recipe))


def _texts(overrides: Overrides) -> list[str]:
    if isinstance(overrides, str):
        return [overrides]
    if isinstance(overrides, Mapping):
        return [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
    return list(overrides)


def _strings(column: ArrayLike) -> list[str | None]:
    values = column.tolist() if hasattr(column, "tolist") else list(column)  # type: ignore[arg-type]
    return [_string(value) for value in values]


def _string(value: object) -> str | None:
    """A label or answer as text; a whole number in a column with gaps is still a whole number."""
    if value is None or value != value:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
