"""A user's own files of rows: read, checked for columns, written in the format of their suffix."""

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from eval_predict.errors import UserError, nearest
from iwsi.files import atomic_path, read_table

SUFFIXES = (".jsonl", ".csv", ".parquet")


def read_rows_file(path: Path) -> pa.Table:
    """Rows of a JSONL, CSV or Parquet file, or of a folder of Parquet shards.

    Raises:
        UserError: it is not there, cannot be read or is empty.
    """
    if not path.exists():
        raise UserError(where=str(path), got="no such file", expected="a file of rows")
    try:
        table = _read(path)
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            where=str(path),
            got=str(error).splitlines()[0],
            expected=f"rows in one of {', '.join(SUFFIXES)}",
        ) from None
    if table.num_rows == 0:
        raise UserError(where=str(path), got="no rows", expected="at least one row")
    return table


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
            fix=f'Did you mean "{near}"? Rename it' if near else None,
        )
    column = table[name]
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        column = column.cast(pa.string())  # bare answers in a CSV
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise UserError(where=str(path), field=name, got=str(column.type), expected="texts")
    if column.null_count and not gaps:
        row = column.is_null().to_pylist().index(True) + 1
        raise UserError(where=str(path), field=f"row {row}, {name}", got="nothing", expected="text")
    return column


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
                fix="rename it",
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
            pq.write_table(table, temporary, compression="zstd")
        elif path.suffix == ".csv":
            pyarrow.csv.write_csv(table, temporary)
        else:
            _write_jsonl(temporary, table)


def _read(path: Path) -> pa.Table:
    if path.is_dir():
        if not any(path.glob("*.parquet")):
            raise OSError("a folder without Parquet files")
        return read_table(path)
    if path.suffix == ".jsonl":
        return pyarrow.json.read_json(path)
    if path.suffix == ".csv":
        return pyarrow.csv.read_csv(path)
    if path.suffix == ".parquet":
        return read_table(path)
    raise OSError(f"a {path.suffix or 'nameless'} file")


def _write_jsonl(path: Path, table: pa.Table) -> None:
    import json

    with path.open("w", encoding="utf-8") as file:
        for row in table.to_pylist():
            file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
