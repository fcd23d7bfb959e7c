"""Reads the scores that a new model got on a few items: what `select` printed, filled in."""

import json
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
from eval_predict.errors import UserError, nearest

EVEN_DRAW = "no inclusion probabilities given: taken as an even random draw"
_SUFFIXES = (".jsonl", ".json", ".csv", ".parquet")


class ObservedFile(NamedTuple):
    """One target's observed scores (T = 1), and what had to be assumed of them."""

    observed: Observed
    warnings: tuple[str, ...]


def read_observed(
    path: str | Path | Sequence[Path], matrix: ScoreMatrix, model: str | None = None
) -> ObservedFile:
    """Read one target's scores on some of the items of a history.

    Args:
        path: a `.jsonl`, `.json`, `.csv` or `.parquet` file, or several whose rows belong
            together (one a stage, say). Rows have `item` and `score`, and may have `probability`,
            `stage`, `order` and `drawn` as `select` wrote them, and `model`; other columns are
            passed over. A JSON file is a list of rows, or an object with such a list under
            `items`.
        matrix: the history.
        model: whose rows to take, where the file holds those of several models.

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
    rows = [row for file in paths for row in _rows(file)]
    if not rows:
        raise UserError(where=where, got="no rows", expected="one row an observed item")
    rows = _run_rows(_of_model(where, rows, model))
    items = [_name(where, row) for row in rows]
    _refuse_repeats(where, items)
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
    return ObservedFile(observed, texts if given else (EVEN_DRAW,))


def _rows(file: Path) -> list[dict[str, Any]]:
    if not file.is_file():
        raise UserError(where=file, got="no such file", expected="a table of observed scores")
    if file.suffix not in _SUFFIXES:
        raise UserError(
            where=file, got=f'suffix "{file.suffix}"', expected=f"one of {', '.join(_SUFFIXES)}"
        )
    rows: Any
    try:
        if file.suffix == ".jsonl":
            lines = file.read_text(encoding="utf-8").split("\n")
            rows = [json.loads(line) for line in lines if line.strip()]
        elif file.suffix == ".json":
            record = json.loads(file.read_text(encoding="utf-8"))
            rows = record.get("items") if isinstance(record, dict) else record
        else:
            rows = _table(file).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UserError(where=file, got=error, expected=f"a {file.suffix} file of rows") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(where=file, got="no rows", expected="rows with item and score")
    checked: list[dict[str, Any]] = rows
    _check_columns(file, checked)
    return checked


def _table(file: Path) -> pa.Table:
    if file.suffix == ".parquet":
        from pyarrow import parquet

        return parquet.ParquetFile(file).read()
    from pyarrow import csv

    # Types are given, or names such as "007" would be read as numbers.
    options = csv.ConvertOptions(column_types={"item": pa.string(), "model": pa.string()})
    return csv.read_csv(file, convert_options=options)


def _check_columns(file: Path, rows: list[dict[str, Any]]) -> None:
    found = dict.fromkeys(key for row in rows for key in row)
    for column in ("item", "score"):
        if not rows or column in found:
            continue
        guess = nearest(column, found)
        fix = "Run the items and fill it in." if column == "score" else None
        raise UserError(
            where=file,
            field=column,
            got=f"no such column (found: {', '.join(found)})",
            expected="rows with item and score",
            fix=f'Did you mean "{guess}"?' if guess else fix,
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


def _refuse_repeats(where: str, items: list[str]) -> None:
    repeated = {item: count for item, count in Counter(items).items() if count > 1}
    if repeated:
        first, count = next(iter(repeated.items()))
        raise UserError(
            where=where,
            field="item",
            got=f'{len(repeated)} items repeat (first: "{first}", {count} times)',
            expected="one row an item",
            fix="Average or drop the repeats.",
        )


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
    if not _is_finite(value) or value < least or value != int(value):
        raise UserError(
            where=where,
            field=column,
            got=f'{value} for item "{row["item"]}"',
            expected=f"a whole number from {least}, as `select` wrote it",
        )
    return int(value)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
