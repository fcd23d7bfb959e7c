"""Reads the scores that a new model got on a few items: `select`'s rows filled in, or its log."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.data.completeness import Completed, check_complete
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.data.observed_logs import join, of_log
from eval_predict.data.readers import ReadOptions, read
from eval_predict.data.readers.columns import REPEAT, first_of
from eval_predict.data.readers.content import Content, load
from eval_predict.data.readers.registry import reader_of
from eval_predict.data.readers.values import score_of
from eval_predict.errors import UserError, nearest

_TOO_LARGE = 2**31  # for the number of a stage or of a row
EVEN_DRAW = "no inclusion probabilities given: taken as an even random draw"


class ObservedFile(NamedTuple):
    """One target's observed scores (T = 1), and what had to be assumed of them."""

    observed: Observed
    warnings: tuple[str, ...]


def read_observed(
    path: str | Path | Sequence[Path],
    matrix: ScoreMatrix,
    model: str | None = None,
    options: ReadOptions | None = None,
) -> ObservedFile:
    """Read one target's scores on some of the items of a history.

    Args:
        path: what `select` wrote with the scores filled in, the new model's own log as a tool
            wrote it, or several of these: rows of `select` without a score take it from a log.
            Rows have `item` and `score`, and may have `probability`, `stage`, `order` and `drawn`
            as `select` wrote them, and `model`; other columns are passed over. A JSON file is a
            list of rows, or an object with such a list under `items`.
        matrix: the history.
        model: whose rows to take, where the file holds those of several models.
        options: what to take where a log leaves a choice.

    Returns:
        The scores in the order of their stages. Where no row has a `probability` they are taken
        for an even random draw, with a warning; an empty one says that the item was chosen. With
        `order` and `drawn`, rows without a score at the end of the last draw were not run yet.

    Raises:
        UserError: (a ValueError) on a file that cannot be read or has no rows, unknown or repeated
            items, scores that are absent or not finite, probabilities outside (0, 1], stages
            that are no whole numbers, rows of a draw that are missing (`check_complete`), and
            several models of which none was named.
    """
    paths = [Path(path)] if isinstance(path, str | Path) else list(path)
    where = ", ".join(str(file) for file in paths)
    rows, scores, notes = _read(paths, matrix, model, options or ReadOptions())
    rows = join(where, _of_model(where, rows, model) if rows else [], scores)
    if not rows:
        raise UserError(where=where, got="no rows", expected="one row an observed item")
    rows = _averaged(where, _run_rows(rows))
    items = [_name(where, row) for row in rows]
    try:
        positions = matrix.positions(items)
    except UserError as error:
        raise UserError(
            where=where, field=error.field, got=error.got, expected=error.expected, fix=error.fix
        ) from error
    given = any("probability" in row for row in rows)
    if given:
        probability_n = [_probability(where, row) for row in rows]
        stage_n = np.array([_stage(where, row) for row in rows], np.intp)
    else:
        probability_n = [len(rows) / len(matrix.items)] * len(rows)
        stage_n = np.zeros(len(rows), np.intp)
    completed = _completed(where, rows, np.array(probability_n), stage_n)
    order = np.argsort(stage_n, kind="stable")
    observed = Observed(
        positions[None, order],
        np.array(_scores(where, rows))[None, order],
        completed.probability_n[None, order],
        stage_n[order],
    )
    texts = tuple(finding.text for finding in completed.findings)
    return ObservedFile(observed, (*notes, *(texts if given else (EVEN_DRAW,))))


def _read(
    paths: Sequence[Path], matrix: ScoreMatrix, model: str | None, options: ReadOptions
) -> tuple[list[dict[str, Any]], dict[str, float], tuple[str, ...]]:
    """Rows as `select` has them, and the scores of logs by the history's names of items."""
    rows: list[dict[str, Any]] = []
    logs: list[Path] = []
    for file in paths:
        found = None if file.is_dir() else _rows(file)
        if found is None:
            logs.append(file)
        else:
            rows += found
    if not logs:
        return rows, {}, ()
    reading = read(logs, options)
    names = ", ".join(path.name for path in logs)
    notes = (f"{names}: {text}" for text in (*reading.notes, *reading.choices))
    log = of_log(logs, reading, matrix, model)
    return rows, log.scores, (*notes, *(f"{names}: {text}" for text in log.warnings))


def _rows(file: Path) -> list[dict[str, Any]] | None:
    """Rows with `item`, None where the file is a tool's log or another table of scores."""
    if not file.is_file():
        raise UserError(where=file, got="no such file", expected="a table of observed scores")
    content = load(file)
    if content.fault:
        raise content.fault
    rows = _records(content)
    if rows is None or (rows and not _has_items(rows)):
        if rows is None or _is_log(content):
            return None
        _check_columns(file, rows)
    if rows is not None:
        _check_columns(file, rows)
    return rows


def _has_items(rows: Sequence[dict[str, Any]]) -> bool:
    return any("item" in row for row in rows)


def _is_log(content: Content) -> bool:
    """Whether a reader knows the file, as more than a misspelt table of our own."""
    try:
        reader = reader_of(content)
    except UserError:
        return False
    names = set(content.header) | {key for row in content.rows[:1] for key in row}
    return reader.NAME != "a table" or "score" not in names


def _records(content: Content) -> list[dict[str, Any]] | None:
    if content.kind == "parquet":
        try:
            return [dict(row) for row in content.table(content.header).to_pylist()]
        except (ValueError, OverflowError, pa.ArrowException) as error:  # a date that is none
            if isinstance(error, UserError):
                raise
            raise UserError(
                where=content.path, got=error, expected="values that can be read"
            ) from None
    if content.kind == "cells":
        rows = [dict(zip(content.header, row, strict=True)) for row in content.cells]
        return [{name: _cell(name, text) for name, text in row.items()} for row in rows]
    items = content.mapping.get("items")
    value: Any = items if isinstance(items, list) else content.value
    if content.lines and not isinstance(items, list):
        value = list(content.lines)
    if content.kind == "empty":
        return []
    if not isinstance(value, list):
        return None
    if not all(isinstance(row, dict) for row in value):
        raise UserError(where=content.path, got="no rows", expected="rows with item and score")
    return [dict(row) for row in value]


def _cell(name: str, text: str) -> Any:
    """A cell of a CSV file: numbers where numbers belong, names as they are written."""
    if name not in ("score", "probability", "stage"):
        return text
    if text.strip().lower() in ("", "null", "nan", "none"):
        return None
    number = score_of(text)
    return text if number is None else number


def _check_columns(file: Path, rows: list[dict[str, Any]]) -> None:
    found = dict.fromkeys(key for row in rows for key in row)
    # Rows as `select` wrote them may take their scores from a log.
    scored = bool({"score", "probability"} & found.keys()) or nearest("score", found) is None
    if not rows or ("item" in found and scored):
        return
    column = "score" if "item" in found else "item"
    guess = nearest(column, found)
    raise UserError(
        where=file,
        field=column,
        got=f"no such column (found: {', '.join(found)})",
        expected="rows with item and score",
        fix=f'Did you mean "{guess}"?' if guess else None,
    )


def _of_model(where: str, rows: list[dict[str, Any]], model: str | None) -> list[dict[str, Any]]:
    models = dict.fromkeys(str(row["model"]) for row in rows if row.get("model") is not None)
    if model is None and len(models) < 2:
        return rows
    if model in models:
        return [row for row in rows if str(row.get("model")) == model]
    guess = nearest(model, models) if model else None
    raise UserError(
        where=where,
        field="model",
        got=f'no rows of "{model}"' if model else f"{len(models)} models",
        expected=f"one of {', '.join(list(models)[:8])}" if models else "a column model",
        fix=f'Did you mean "{guess}"?' if guess else "Name one (option --model).",
    )


def _run_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a draw that has an order, without those that were not run yet."""
    if not all("order" in row and "drawn" in row for row in rows):
        return rows
    run = [row for row in rows if row.get("score") is not None]
    return run or rows


def _completed(
    where: str, rows: list[dict[str, Any]], probability_n: NDArray[Any], stage_n: NDArray[Any]
) -> Completed:
    """The probabilities, checked against the size of each draw where the rows tell it."""
    if not all("order" in row and "drawn" in row for row in rows):
        return Completed(probability_n, ())
    order_n = [_whole(where, row, "order", 0) for row in rows]
    drawn_n = [_whole(where, row, "drawn", 1) for row in rows]
    try:
        return check_complete(probability_n, stage_n, order_n, drawn_n)
    except UserError as error:
        raise UserError(
            where=where, field=error.field, got=error.got, expected=error.expected, fix=error.fix
        ) from error


def _name(where: str, row: dict[str, Any]) -> str:
    item = row.get("item")
    if isinstance(item, bool) or not isinstance(item, str | int) or item == "":
        raise UserError(where=where, field="item", got=repr(item), expected="an item's name")
    return str(item)


def _averaged(where: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row an item; its repeats count by their mean where a column tells them apart."""
    counts = Counter(_name(where, row) for row in rows)
    repeated = {item: count for item, count in counts.items() if count > 1}
    if not repeated:
        return rows
    trial = first_of(REPEAT, list(dict.fromkeys(key for row in rows for key in row)))
    pairs = {(_name(where, row), str(row.get(trial))) for row in rows if trial}
    if len(pairs) < len(rows):
        first, count = next(iter(repeated.items()))
        raise UserError(
            where=where,
            field="item",
            got=f'{len(repeated)} items repeat (first: "{first}", {count} times)',
            expected="one row an item, or a column trial that tells its repeats apart",
            fix="Number an item's repeats in a column trial to have them averaged.",
        )
    scores: dict[str, list[float]] = {}
    for row, score in zip(rows, _scores(where, rows), strict=True):
        scores.setdefault(_name(where, row), []).append(score)
    kept = {_name(where, row): row for row in reversed(rows)}
    return [{**kept[item], "score": sum(trials) / len(trials)} for item, trials in scores.items()]


def _scores(where: str, rows: list[dict[str, Any]]) -> list[float]:
    scores = [row.get("score") for row in rows]
    bad = [number for number, score in enumerate(scores) if not _is_finite(score)]
    if bad:
        first = rows[bad[0]]
        raise UserError(
            where=where,
            field="score",
            got=f"{len(bad)} of {len(rows)} not finite"
            f' (first: {first.get("score")} for item "{first["item"]}")',
            expected="a finite number for each item",
            fix="Run these items, and score an item that the model could not answer as wrong.",
        )
    return [float(score) for score in scores if score is not None]


def _probability(where: str, row: dict[str, Any]) -> float:
    value = row.get("probability")
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return math.nan
    if not _is_finite(value) or not 0 < value <= 1:
        raise UserError(
            where=where,
            field="probability",
            got=f'{value} for item "{row["item"]}"',
            expected="a number above 0 and up to 1, or nothing for an item that was chosen",
        )
    return float(value)


def _stage(where: str, row: dict[str, Any]) -> int:
    return 0 if row.get("stage") is None else _whole(where, row, "stage", 0)


def _whole(where: str, row: dict[str, Any], column: str, least: int) -> int:
    value: Any = row.get(column)
    if not _is_finite(value) or not least <= value < _TOO_LARGE or value != int(value):
        raise UserError(
            where=where,
            field=column,
            got=f'{value} for item "{row["item"]}"',
            expected=f"a whole number from {least}, as `select` wrote it",
        )
    return int(value)


def _is_finite(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False
