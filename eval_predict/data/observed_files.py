"""Reads the scores that a new model got on a few items: `select`'s rows filled in, or its log."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.data.observed_logs import join, of_log
from eval_predict.data.observed_rows import (
    averaged,
    completed,
    item_name,
    probability_of,
    rows_of_model,
    run_rows,
    scores_of,
    stage_of,
)
from eval_predict.data.readers import ReadOptions, read
from eval_predict.data.readers.content import Content, load
from eval_predict.data.readers.registry import reader_of
from eval_predict.data.readers.values import score_of
from eval_predict.errors import UserError, nearest

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
    rows = join(where, rows_of_model(where, rows, model) if rows else [], scores)
    if not rows:
        raise UserError(where=where, got="no rows", expected="one row an observed item")
    rows = averaged(where, run_rows(rows))
    items = [item_name(where, row) for row in rows]
    try:
        positions = matrix.positions(items)
    except UserError as error:
        raise UserError(
            where=where, field=error.field, got=error.got, expected=error.expected, fix=error.fix
        ) from error
    given = any("probability" in row for row in rows)
    if given:
        probability_n = [probability_of(where, row) for row in rows]
        stage_n = np.array([stage_of(where, row) for row in rows], np.intp)
    else:
        probability_n = [len(rows) / len(matrix.items)] * len(rows)
        stage_n = np.zeros(len(rows), np.intp)
    complete = completed(where, rows, np.array(probability_n), stage_n)
    order = np.argsort(stage_n, kind="stable")
    observed = Observed(
        positions[None, order],
        np.array(scores_of(where, rows))[None, order],
        complete.probability_n[None, order],
        stage_n[order],
    )
    texts = tuple(finding.text for finding in complete.findings)
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
