"""A user's own files of rows: read, checked for columns, written in the format of their suffix."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from eval_predict.data.csv_rows import guarded
from eval_predict.errors import UserError, nearest
from iwsi.files import atomic_path
from iwsi.tasks.rows import Source, read_table

# Also the names in our own run directories, so that their files can be read.
QUESTION = ("question", "question_id", "prompt")
TEXT = ("text", "answer", "completion")

SUFFIXES = (".jsonl", ".csv", ".parquet")


class Reading(NamedTuple):
    """How a command reads its files of rows, where they do not say so themselves.

    Attributes:
        records: Where a nested file has its records.
        encoding: The text's encoding.
        columns: The columns' names, separated by commas, for a file without a header line.
    """

    records: str | None = None
    encoding: str | None = None
    columns: str | None = None


BY_CONTENT = Reading()  # a file that says everything itself


def read_rows_file(path: Path, reading: Reading = BY_CONTENT) -> pa.Table:
    """Rows of a file in any format that recipes take, or of a folder of shards.

    Raises:
        UserError: it is not there, cannot be read or is empty.
    """
    columns = tuple(reading.columns.split(",")) if reading.columns else None
    return read_table(Source(path, "", reading.records, reading.encoding, columns))


def text_column(
    table: pa.Table, names: Sequence[str], path: Path, *, gaps: bool = False
) -> pa.ChunkedArray:
    """The column of texts that has the first of `names` that the table has.

    Raises:
        UserError: it has none, or the column is no text, or has gaps that are not allowed.
    """
    name = next((name for name in names if name in table.column_names), None)
    if name is None:
        near = nearest(names[0], table.column_names)
        raise UserError(
            where=str(path),
            field=names[0],
            got=f"no such column (found: {', '.join(table.column_names)})",
            expected=f"a column {' or '.join(names)}",
            fix=f'Did you mean "{near}"? Rename it.' if near else None,
        )
    column = table[name]
    if not pa.types.is_nested(column.type) and not _is_text(column.type):
        with suppress(pa.ArrowException, OverflowError):  # bytes that are no text: refused below
            column = column.cast(pa.string())  # bare answers: numbers, dates, true and false
    if not _is_text(column.type):
        raise UserError(where=str(path), field=name, got=str(column.type), expected="texts")
    if column.null_count and not gaps:
        row = column.is_null().to_pylist().index(True) + 1
        raise UserError(where=str(path), field=f"row {row}, {name}", got="nothing", expected="text")
    return column


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def check_free(table: pa.Table, names: Sequence[str], path: Path) -> None:
    """Refuse a table that has a column already which the result will add.

    Raises:
        UserError: names the column.
    """
    for name in names:
        if name in table.column_names:
            raise UserError(
                where=str(path),
                field=name,
                got="a column that the result would have twice",
                expected="another name",
                fix="Rename this column, or take it out.",
            )


def check_out(path: Path, inputs: Sequence[Path]) -> None:
    """Refuse an output name before the work for it is done.

    Raises:
        UserError: its suffix names no format that is written, its folder is not there or cannot
            be written, or it is one of the inputs.
    """
    where = "--out"
    if path.suffix not in SUFFIXES:
        raise UserError(
            where=where, got=str(path), expected=f"a name that ends in {', '.join(SUFFIXES)}"
        )
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise UserError(
            where=where, got=f"no folder {path.parent} to write to", expected="one that is there"
        )
    if path.resolve() in [given.resolve() for given in inputs]:
        raise UserError(
            where=where, got=f"{path}, which is read", expected="another name than the input's"
        )


def write_rows_file(path: Path, table: pa.Table) -> None:
    """Write rows as JSONL, CSV or Parquet, by the suffix; whole or not at all."""
    with atomic_path(path) as temporary:
        if path.suffix == ".parquet":
            try:
                pq.write_table(table, temporary, compression="zstd")
            except pa.ArrowNotImplementedError as error:
                raise UserError(
                    where="--out",
                    got=f"a column that Parquet has no form for ({error})",
                    expected="columns that can be written",
                    fix="Write .jsonl instead.",
                ) from None
        elif path.suffix == ".csv":
            pyarrow.csv.write_csv(_flat(table), temporary)
        else:
            _write_jsonl(temporary, table)


def rows_of(table: pa.Table, path: Path) -> list[dict[str, Any]]:
    """The rows of a table that was read from a file, as templates take them.

    Raises:
        UserError: a column holds what Python cannot, such as a date after the year 9999.
    """
    columns = []
    for name in table.column_names:
        column = table[name]
        try:
            columns.append(column.to_pylist())
        except (OverflowError, ValueError, pa.ArrowException) as error:
            raise UserError(
                where=str(path),
                field=name,
                got=f"values of {column.type} that Python cannot hold ({error})",
                expected="texts, numbers, or dates up to the year 9999",
                fix="Take the column out of the file, or write it as text.",
            ) from None
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """A column as Python values.

    Raises:
        UserError: it holds what Python cannot, such as a date after the year 9999.
    """
    try:
        values: list[Any] = column.to_pylist()
    except (OverflowError, ValueError, pa.ArrowException) as error:
        raise UserError(
            where="--out",
            got=f"values of {column.type} that cannot be written as text ({error})",
            expected="values that can be written",
            fix="Write .parquet instead, or take the column out.",
        ) from None
    return values


def _flat(table: pa.Table) -> pa.Table:
    """The table as cells of CSV can hold it: nested columns as JSON, and no formulas."""
    for place, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            texts = [
                None if value is None else json.dumps(value, ensure_ascii=False, default=str)
                for value in _values(table.column(place))
            ]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
        elif pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            texts = [None if v is None else v.hex() for v in _values(table.column(place))]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
        if _is_text(table.schema.field(place).type):
            texts = [None if v is None else guarded(v) for v in _values(table.column(place))]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
    return table.rename_columns([guarded(name) for name in table.column_names])


def _write_jsonl(path: Path, table: pa.Table) -> None:
    with path.open("w", encoding="utf-8") as file:
        columns = [_values(column) for column in table.columns]
        for values in zip(*columns, strict=True):
            row = dict(zip(table.column_names, values, strict=True))
            file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
