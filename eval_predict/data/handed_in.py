"""Arrays, frames, series and dicts that a caller hands in, as a matrix and observed items."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from eval_predict.data.completeness import check_complete
from eval_predict.data.draw import Draw
from eval_predict.data.frames import (
    NamedScores,
    is_frame,
    is_series,
    named_scores,
    names_of,
    numbers_of,
)
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.matrix_builder import MatrixBuilder
from eval_predict.data.observed import Observed
from eval_predict.data.observed_files import EVEN_DRAW
from eval_predict.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

History: TypeAlias = "ScoreMatrix | ArrayLike | pd.DataFrame | pa.Table"
Scores: TypeAlias = "Observed | Mapping[Any, float] | pd.Series[Any] | pd.DataFrame | ArrayLike"
_LONG = ("model", "item", "score")


class HandedIn(NamedTuple):
    """One target's observed scores (T = 1), and what had to be assumed of them."""

    observed: Observed
    warnings: tuple[str, ...]


def as_matrix(history: History) -> ScoreMatrix:
    """A history as a score matrix, with the names that it came with.

    Args:
        history: a `ScoreMatrix`; a frame of models (index) by items (columns); a frame or an
            Arrow table of rows with the columns `model`, `item`, `score`; or an array (M, N),
            NaN for missing, whose names are positions.

    Raises:
        UserError: (a ValueError) on names that are empty or repeat, cells that are no numbers, and
            pairs that repeat.
    """
    if isinstance(history, ScoreMatrix):
        return history
    if isinstance(history, pa.Table):
        return _from_rows(history)
    if is_frame(history):
        frame: Any = history
        if set(_LONG) <= set(frame.columns):
            return _from_rows(_arrow(frame))
        return ScoreMatrix.from_array(frame)
    if isinstance(history, str | Path):
        raise UserError(
            field="history",
            got=f'the path "{history}"',
            expected="scores",
            fix="Read the file first: eval_predict.read_matrix(path).",
        )
    return ScoreMatrix.from_array(numbers_of("history", history))


def as_observed(scores: Scores, matrix: ScoreMatrix, draws: Draw | Sequence[Draw] = ()) -> HandedIn:
    """One target's scores as observed items of a history, matched by name.

    Args:
        scores: `Observed`; a series or a mapping of scores by item name; a frame of rows with the
            columns `item`, `score`, and `probability` and `stage` where they are known; or an
            array of all N scores in the order of the history's items, where those have no names
            but their positions. NaN stands for an item that was not run.
        matrix: the history.
        draws: how the items were drawn, first draw first; without any they are taken for an even
            random draw, with a warning.

    Raises:
        UserError: (a ValueError) on unknown or repeated items, scores without names where the
            history has names, and items of a draw that are missing or were not drawn.
    """
    if isinstance(scores, Observed):
        return HandedIn(scores, ())
    drawn = (draws,) if isinstance(draws, Draw) else tuple(draws)
    if is_frame(scores):
        frame: Any = scores
        _check_columns(frame)
        named = NamedScores(names_of("item", frame["item"]), numbers_of("score", frame["score"]))
        if "probability" in frame.columns and not drawn:
            return _with_probability(frame, named, matrix)
    elif isinstance(scores, Mapping) or is_series(scores):
        named = named_scores(scores)
    else:
        named = _by_position(scores, matrix)
    return _from_draws(named, matrix, drawn) if drawn else _even(named, matrix)


def _from_rows(table: pa.Table) -> ScoreMatrix:
    builder, place = MatrixBuilder(), Path("history")
    for batch in table.select(list(_LONG)).to_batches():
        builder.add(place, batch)
    if not builder.rows:
        raise UserError(field="history", got="no rows", expected="one row a model and an item")
    repeated = builder.scored_rows - builder.num_scores()
    if repeated:
        raise UserError(
            field="history",
            got=f"{repeated} rows repeat a model and an item",
            expected="one row a pair",
            fix="Average the repeats.",
        )
    return builder.matrix()


def _arrow(frame: Any) -> pa.Table:
    try:
        return pa.Table.from_pandas(frame[list(_LONG)], preserve_index=False)
    except pa.ArrowException as error:
        raise UserError(
            field="history", got=error, expected="columns model and item of text, score of numbers"
        ) from error


def _check_columns(frame: Any) -> None:
    missing = [name for name in ("item", "score") if name not in frame.columns]
    if missing:
        raise UserError(
            field="scores",
            got=f"a frame without the column {missing[0]}",
            expected="one row an item, with the columns item and score",
            fix="Use predict_many for a frame of several models by items.",
        )


def _by_position(scores: Any, matrix: ScoreMatrix) -> NamedScores:
    values = numbers_of("scores", scores)
    N = len(matrix.items)
    if values.shape != (N,):
        raise UserError(
            field="scores",
            got=f"shape {values.shape}",
            expected=f"({N},), a score for each item of the history, NaN where it was not run",
            fix="Use a pandas Series or a dict by item name for some of the items.",
        )
    if matrix.items != tuple(str(position) for position in range(N)):
        raise UserError(
            field="scores",
            got="scores without item names",
            expected="names, as the history's items have",
            fix="Use a pandas Series or a dict by item name.",
        )
    return NamedScores(matrix.items, values)


def _run(named: NamedScores) -> NamedScores:
    """The items that have a score."""
    run = ~np.isnan(named.scores)
    if not run.any():
        raise UserError(field="scores", got="no score", expected="a score for at least one item")
    names = tuple(name for name, kept in zip(named.names, run, strict=True) if kept)
    return NamedScores(names, named.scores[run])


def _even(named: NamedScores, matrix: ScoreMatrix) -> HandedIn:
    positions = matrix.positions(named.names)
    run_n = ~np.isnan(named.scores)
    seen = _run(named)
    n, N = len(seen.names), len(matrix.items)
    warnings: tuple[str, ...] = () if n == N else (EVEN_DRAW,)
    left = len(named.names) - n
    if left and len(named.names) < N:
        warnings += (f"{left} of {len(named.names)} items have no score: taken as not run",)
    observed = _observed(positions[run_n], seen.scores, np.full(n, n / N), np.zeros(n, np.intp))
    return HandedIn(observed, warnings)


def _with_probability(frame: Any, named: NamedScores, matrix: ScoreMatrix) -> HandedIn:
    if np.isnan(named.scores).any():
        raise UserError(
            field="score",
            got=f"{int(np.isnan(named.scores).sum())} of {named.scores.size} rows without a score",
            expected="a score in each row of a draw",
            fix="Run these items, and score an item that the model could not answer as wrong.",
        )
    stage_n = np.zeros(len(named.names), np.intp)
    if "stage" in frame.columns:
        stage_n = numbers_of("stage", frame["stage"]).astype(np.intp)
    probability_n = numbers_of("probability", frame["probability"])
    warnings: tuple[str, ...] = ()
    if {"order", "drawn"} <= set(frame.columns):
        order_n, drawn_n = (
            numbers_of(name, frame[name]).astype(int).tolist() for name in ("order", "drawn")
        )
        probability_n, findings = check_complete(probability_n, stage_n, order_n, drawn_n)
        warnings = tuple(finding.text for finding in findings)
    order = np.argsort(stage_n, kind="stable")
    positions = matrix.positions(named.names)
    observed = _observed(
        positions[order], named.scores[order], probability_n[order], stage_n[order]
    )
    return HandedIn(observed, warnings)


def _from_draws(named: NamedScores, matrix: ScoreMatrix, draws: tuple[Draw, ...]) -> HandedIn:
    seen = _run(named)
    score_by_name = dict(zip(seen.names, seen.scores.tolist(), strict=True))
    drawn = {name for draw in draws for name in draw.items}
    others = [name for name in seen.names if name not in drawn]
    if others:
        raise UserError(
            field="scores",
            got=f'{len(others)} items that were not drawn (first: "{others[0]}")',
            expected="scores of the drawn items alone",
            fix="Leave the others out, or leave draws out to take all as an even random draw.",
        )
    rows = [
        (name, probability, stage, order, len(draw.items))
        for stage, draw in enumerate(draws)
        for order, (name, probability) in enumerate(zip(draw.items, draw.probability, strict=True))
        if name in score_by_name
    ]
    names, probability, stage, order, count = zip(*rows, strict=True)
    stage_n = np.array(stage, np.intp)
    probability_n, findings = check_complete(np.array(probability), stage_n, order, count)
    scores_n = np.array([score_by_name[name] for name in names])
    observed = _observed(matrix.positions(names), scores_n, probability_n, stage_n)
    return HandedIn(observed, tuple(finding.text for finding in findings))


def _observed(
    items_n: NDArray[np.intp],
    scores_n: NDArray[np.float64],
    probability_n: NDArray[np.float64],
    stage_n: NDArray[np.intp],
) -> Observed:
    return Observed(items_n[None], scores_n[None], probability_n[None], stage_n)
