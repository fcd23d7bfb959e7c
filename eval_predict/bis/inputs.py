"""Reads prompts, and the scores that belong to them, from a folder or a file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.score_files import ITEMS_FILE, read_matrix
from eval_predict.errors import UserError, nearest

_ONLY_MODEL = "model"


@dataclass(frozen=True, slots=True, eq=False)
class PromptTable:
    """N prompts with their items' names and the requested further columns."""

    items: tuple[str, ...]
    texts: tuple[str, ...]
    more: dict[str, NDArray[np.float64]]


def read_prompts(path: str | Path, columns: tuple[str, ...] = ()) -> PromptTable:
    """Read `prompt`, and `item` where there is one, from a table or a folder's `items.parquet`.

    Args:
        path: a `.parquet`, `.csv` or `.jsonl` file, or a folder that holds `items.parquet`. In a
            file of scores, where an item has a row a model, its first row counts.
        columns: numeric columns to read as covariates.

    Raises:
        UserError: (a ValueError) on a path, suffix or column that is missing, and on an item with
            two prompts.
    """
    path = Path(path)
    file = path / ITEMS_FILE if path.is_dir() else path
    return _prompts(file, _read_table(file), columns)


def read_scored_prompts(
    path: str | Path, columns: tuple[str, ...] = ()
) -> tuple[PromptTable, ScoreMatrix]:
    """Read prompts and scores: a folder with `items.parquet` and scores, or one file with both.

    Args:
        path: a folder as `read_matrix` takes it, or a file of `prompt, score`, and `item` and
            `model` where there are several of them.
        columns: as in `read_prompts`.

    Raises:
        UserError: (a ValueError) as `read_prompts` and `read_matrix`, and on rows that repeat.
    """
    path = Path(path)
    if path.is_dir():
        return read_prompts(path, columns), read_matrix(path)
    table = _read_table(path)
    prompts = _prompts(path, table, columns)
    _need(path, table, "score")
    names = _names(table)
    models = (
        [str(name) for name in table["model"].to_pylist()]
        if "model" in table.column_names
        else [_ONLY_MODEL] * len(names)
    )
    row_of = {model: row for row, model in enumerate(dict.fromkeys(models))}
    column_of = {item: column for column, item in enumerate(prompts.items)}
    scores_MN = np.full((len(row_of), len(column_of)), np.nan)
    seen: set[tuple[str, str]] = set()
    scores = _numbers(path, table, "score")
    for model, item, score in zip(models, names, scores, strict=True):
        if (model, item) in seen:
            raise UserError(
                where=path, got=f'"{model}", "{item}" twice', expected="one row a model and an item"
            )
        seen.add((model, item))
        scores_MN[row_of[model], column_of[item]] = score
    return prompts, ScoreMatrix.from_array(scores_MN, tuple(row_of), prompts.items)


def _prompts(file: Path, table: pa.Table, columns: tuple[str, ...]) -> PromptTable:
    for column in ("prompt", *columns):
        _need(file, table, column)
    first: dict[str, int] = {}
    names, texts = _names(table), [text or "" for text in table["prompt"].to_pylist()]
    for row, name in enumerate(names):
        before = first.setdefault(name, row)
        if texts[before] != texts[row]:
            raise UserError(
                where=file, field="prompt", got=f'two for item "{name}"', expected="one an item"
            )
    rows = list(first.values())
    more = {column: _numbers(file, table, column)[rows] for column in columns}
    return PromptTable(tuple(first), tuple(texts[row] for row in rows), more)


def _names(table: pa.Table) -> list[str]:
    if "item" in table.column_names:
        return [str(name) for name in table["item"].to_pylist()]
    # Without names, a prompt that comes back under another model is the same item.
    if "model" in table.column_names:
        return [str(text) for text in table["prompt"].to_pylist()]
    return [str(row) for row in range(table.num_rows)]


def _numbers(file: Path, table: pa.Table, column: str) -> NDArray[np.float64]:
    try:
        values = table[column].cast(pa.float64()).to_pylist()
    except pa.ArrowException as error:
        raise UserError(where=file, field=column, got=error, expected="numbers") from error
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _need(file: Path, table: pa.Table, column: str) -> None:
    if table.column_names.count(column) == 1:
        return
    guess = nearest(column, table.column_names)
    raise UserError(
        where=file,
        field=column,
        got=f"no such column (found: {', '.join(table.column_names)})",
        expected=f"a column {column}",
        fix=f'Did you mean "{guess}"? Rename it to "{column}".' if guess else None,
    )


def _read_table(file: Path) -> pa.Table:
    if not file.is_file():
        raise UserError(where=file, got="no such file", expected="a table with a column prompt")
    try:
        if file.suffix == ".parquet":
            from pyarrow import parquet

            return parquet.ParquetFile(file).read()
        if file.suffix == ".csv":
            from pyarrow import csv

            options = csv.ParseOptions(newlines_in_values=True)
            return csv.read_csv(file, parse_options=options)
        if file.suffix == ".jsonl":
            from pyarrow import json

            return json.read_json(file)
    except (pa.ArrowException, OSError) as error:
        raise UserError(where=file, got=error, expected="a table with a column prompt") from error
    raise UserError(
        where=file, got=f'suffix "{file.suffix}"', expected="one of .parquet, .csv, .jsonl"
    )
