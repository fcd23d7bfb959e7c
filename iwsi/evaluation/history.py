"""Other models' scores on the test items, read from the user's files and matched by item name."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.readers import Reading, read
from eval_predict.data.score_files import write_matrix
from eval_predict.errors import UserError

MIN_OVERLAP = 0.5  # share of the test items that a history must have
_SHOWN = 3


class History(NamedTuple):
    """Other models' scores on the test items, and a line for each file on how it was read."""

    matrix: ScoreMatrix
    notes: tuple[str, ...]


def read_history(paths: Sequence[Path], items: Sequence[str]) -> History:
    """All models of some files on the test items.

    Args:
        paths: each a score file, lm-evaluation-harness logs or a run directory.
        items: N names of the test items, `question_id` of the run.

    Returns:
        The models of all files, each with a name of its own, on the N items in their order;
        a score that a file lacks is missing. The notes say which metric was taken, and every other
        choice that a file left.

    Raises:
        UserError: a file cannot be read, or has less than half of the items.
    """
    readings = [read(path) for path in paths]
    parts = [
        _aligned(path, reading.matrix, items) for path, reading in zip(paths, readings, strict=True)
    ]
    names = [name for part in parts for name in part.models]
    if len(set(names)) < len(names):
        named = zip(paths, parts, strict=True)
        names = [f"{path}:{name}" for path, part in named for name in part.models]
    scores_MN = np.concatenate([part.dense_MN() for part in parts])
    matrix = ScoreMatrix.from_array(scores_MN, names, list(items))
    return History(matrix, tuple(map(_note, paths, readings)))


def _note(path: Path, reading: Reading) -> str:
    return f"history {path}: {'; '.join((reading.describe(), *reading.choices))}"


def write_history(matrix: ScoreMatrix, path: Path) -> None:
    """Keep the history in the run directory, so that later reads give the same scores."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_matrix(matrix, path)


def align(matrix: ScoreMatrix, items: Sequence[str]) -> ScoreMatrix:
    """The same models on these items alone, in their order; NaN where the matrix lacks one."""
    where = {item: position for position, item in enumerate(matrix.items)}
    found = np.array([item in where for item in items])
    columns_n = [where[item] for item in items if item in where]
    scores_MN = np.full((len(matrix.models), len(items)), np.nan)
    scores_MN[:, found] = matrix.dense_MN()[:, columns_n]
    return ScoreMatrix.from_array(scores_MN, list(matrix.models), list(items))


def refuse_itself(paths: Sequence[Path], run: Path) -> None:
    """Refuse a run as a history of itself.

    Raises:
        UserError: one of the paths is the run's directory.
    """
    for path in paths:
        if path.resolve() == run.resolve():
            raise UserError(
                field="forecast.history",
                got=f"{path}, the run itself",
                expected="results of other models",
                fix="Remove this path: the run's full tests are used anyway.",
            )


def _aligned(path: Path, matrix: ScoreMatrix, items: Sequence[str]) -> ScoreMatrix:
    names = set(matrix.items)
    missing = [item for item in items if item not in names]
    if len(missing) > (1 - MIN_OVERLAP) * len(items):
        shown = ", ".join(f'"{item}"' for item in missing[:_SHOWN])
        theirs = ", ".join(f'"{item}"' for item in matrix.items[:_SHOWN])
        raise UserError(
            where=str(path),
            field="item",
            got=f"{len(items) - len(missing)} of the {len(items)} test items "
            f"(it lacks {shown}, …; it has {theirs}, …)",
            expected=f"at least {MIN_OVERLAP:.0%} of them",
            fix="Rename the items to their rows in the test file, counted from 0, or leave this "
            "history out.",
        )
    return _models_with_scores(matrix, items)


def _models_with_scores(matrix: ScoreMatrix, items: Sequence[str]) -> ScoreMatrix:
    """`align`, without models that have no score on any of the items."""
    aligned = align(matrix, items)
    return aligned.take_models(~aligned.missing_MN.all(axis=1))
