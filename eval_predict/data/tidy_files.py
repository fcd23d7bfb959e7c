"""Tidy tables of scores, one row a model and an item: which files, and their rows in parts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from eval_predict.errors import UserError, nearest

SCORE_SCHEMA = pa.schema([("model", pa.string()), ("item", pa.string()), ("score", pa.float64())])


def score_files(path: Path) -> list[Path]:
    """The files whose rows make up a table: one, or one a round of a run directory.

    Raises:
        UserError: (a ValueError) where there is no such file, or it has another suffix.
    """
    rounds = sorted(path.glob("round-*/test.parquet"), key=_round_number)
    if rounds:
        return rounds
    file = path / "scores.parquet" if path.is_dir() else path
    if not file.is_file():
        raise UserError(
            where=file,
            got="no such file",
            expected="a table of scores, or a run in which a round was tested in full",
        )
    if file.suffix not in _READERS:
        raise UserError(
            where=file, got=f'suffix "{file.suffix}"', expected=f"one of {', '.join(_READERS)}"
        )
    return [file]


def score_batches(file: Path) -> Iterator[pa.RecordBatch]:
    """The columns `model`, `item`, `score` of one file, some rows at a time, types as they come.

    Names from a Parquet file come as dictionaries. A JSONL file is read as a whole.

    Raises:
        UserError: (a ValueError) on a file that cannot be read, a missing or repeated column.
    """
    try:
        yield from _READERS[file.suffix](file)
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            where=file, got=error, expected=f"a {file.suffix} file with {', '.join(_COLUMNS)}"
        ) from error


def column_fault(file: Path, field: str, fault: object, kind: object) -> UserError:
    """The error of a column that does not hold what it should."""
    return UserError(where=file, field=field, got=fault, expected=f"a column of {kind}")


def empty_cells(file: Path, field: str, empty: int, rows: int) -> UserError:
    """The error of cells without a value."""
    return UserError(
        where=file,
        field=field,
        got=f"{empty} of {rows} rows are empty",
        expected="a value in each row",
        fix="Drop these rows or fill them in.",
    )


_COLUMNS = SCORE_SCHEMA.names
_BLOCK = 1 << 24  # bytes of a CSV file read at a time
_ROWS = 1 << 20  # rows of a Parquet file read at a time


def _round_number(file: Path) -> tuple[int, str]:
    number = file.parent.name.removeprefix("round-")
    return (int(number), "") if number.isdecimal() else (-1, number)


def _read_parquet(file: Path) -> Iterator[pa.RecordBatch]:
    from pyarrow import parquet

    with parquet.ParquetFile(file) as head:
        _check_columns(file, head.schema_arrow.names)
        kinds = {name: head.schema_arrow.field(name).type for name in ("model", "item")}
    # Names of another type are refused later, and bytes that are no text cannot be read so.
    texts = [name for name, kind in kinds.items() if pa.types.is_string(kind)]
    # ParquetFile and not read_table: a folder named `model=a` above it must not add a column.
    with parquet.ParquetFile(file, read_dictionary=texts) as reader:
        yield from reader.iter_batches(batch_size=_ROWS, columns=_COLUMNS)


def _read_csv(file: Path) -> Iterator[pa.RecordBatch]:
    from pyarrow import csv

    with csv.open_csv(file) as head:
        _check_columns(file, head.schema.names)
    options = csv.ConvertOptions(
        # Types are given, or names such as "007" would be read as numbers.
        column_types={field.name: field.type for field in SCORE_SCHEMA},
        include_columns=_COLUMNS,
    )
    with csv.open_csv(
        file, read_options=csv.ReadOptions(block_size=_BLOCK), convert_options=options
    ) as reader:
        yield from reader


def _read_jsonl(file: Path) -> Iterator[pa.RecordBatch]:
    from pyarrow import json

    table = json.read_json(file)
    _check_columns(file, table.column_names)
    yield from table.select(_COLUMNS).to_batches()


_READERS: dict[str, Callable[[Path], Iterator[pa.RecordBatch]]] = {
    ".parquet": _read_parquet,
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
}


def _check_columns(file: Path, found: list[str]) -> None:
    for column in _COLUMNS:
        if found.count(column) == 1:
            continue
        guess = nearest(column, set(found) - set(_COLUMNS))
        fault = "repeated" if column in found else "no such"
        raise UserError(
            where=file,
            field=column,
            got=f"{fault} column (found: {', '.join(found)})",
            expected=f"the columns {', '.join(_COLUMNS)}, each once",
            fix=f'Did you mean "{guess}"? Rename it to "{column}".' if guess else None,
        )
