"""Reads a tidy table of scores: one row a model and an item."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from eval_predict.errors import UserError, nearest

SCORE_SCHEMA = pa.schema([("model", pa.string()), ("item", pa.string()), ("score", pa.float64())])


def read_scores(path: str | Path) -> pa.Table:
    """Read `model, item, score` from a `.parquet`, `.csv` or `.jsonl` file; other columns drop.

    Args:
        path: the file, a directory that holds `scores.parquet`, or a run directory of iwsi, whose
            rounds are its models.

    Returns:
        A table with exactly the columns of `SCORE_SCHEMA`, in the file's order of rows.

    Raises:
        UserError: (a ValueError) on a path, suffix or column that is missing or unknown, an empty
            table, empty cells, scores that are no finite numbers, and repeated (model, item) rows.
    """
    path = Path(path)
    rounds = sorted(path.glob("round-*/test.parquet"), key=_round_number)
    if rounds:
        return pa.concat_tables(read_scores(file) for file in rounds)
    file = path / "scores.parquet" if path.is_dir() else path
    if not file.is_file():
        raise UserError(where=file, got="no such file", expected="a table of scores")
    if file.suffix not in _READERS:
        raise UserError(
            where=file, got=f'suffix "{file.suffix}"', expected=f"one of {', '.join(_READERS)}"
        )
    try:
        table = _READERS[file.suffix](file)
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            where=file, got=error, expected=f"a {file.suffix} file with {', '.join(_COLUMNS)}"
        ) from error
    _check_columns(file, table.column_names)
    if not table.num_rows:
        raise UserError(where=file, got="no rows", expected="one row a model and an item")
    table = pa.table([_cast(file, table, field) for field in SCORE_SCHEMA], schema=SCORE_SCHEMA)
    _check_finite(file, table)
    _check_unique(file, table)
    return table


_COLUMNS = SCORE_SCHEMA.names


def _round_number(file: Path) -> tuple[int, str]:
    number = file.parent.name.removeprefix("round-")
    return (int(number), "") if number.isdecimal() else (-1, number)


def _read_parquet(file: Path) -> pa.Table:
    from pyarrow import parquet

    # ParquetFile and not read_table: a folder named `model=a` above it must not add a column.
    reader = parquet.ParquetFile(file)
    _check_columns(file, reader.schema_arrow.names)
    return reader.read(columns=_COLUMNS)


def _read_csv(file: Path) -> pa.Table:
    from pyarrow import csv

    # Types are given, or names such as "007" would be read as numbers.
    types = {field.name: field.type for field in SCORE_SCHEMA}
    return csv.read_csv(file, convert_options=csv.ConvertOptions(column_types=types))


def _read_jsonl(file: Path) -> pa.Table:
    from pyarrow import json

    return json.read_json(file)


_READERS: dict[str, Callable[[Path], pa.Table]] = {
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


def _cast(file: Path, table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    column = table.column(field.name)
    try:
        column = column.cast(field.type)
    except pa.ArrowException as error:
        raise UserError(
            where=file, field=field.name, got=error, expected=f"a column of {field.type}"
        ) from error
    empty = column.null_count
    if pa.types.is_string(field.type):
        empty += pc.sum(pc.equal(column, "")).as_py() or 0
    if empty:
        raise UserError(
            where=file,
            field=field.name,
            got=f"{empty} of {len(column)} rows are empty",
            expected="a value in each row",
            fix="Drop these rows or fill them in.",
        )
    return column


def _check_finite(file: Path, table: pa.Table) -> None:
    bad = table.filter(pc.invert(pc.is_finite(table["score"])))
    if bad.num_rows:
        first = bad.slice(0, 1).to_pylist()[0]
        raise UserError(
            where=file,
            field="score",
            got=f"{bad.num_rows} of {table.num_rows} not finite "
            f'(first: {first["score"]} for model "{first["model"]}", item "{first["item"]}")',
            expected="finite numbers",
            fix="Drop these rows or score them.",
        )


def _check_unique(file: Path, table: pa.Table) -> None:
    counts = table.group_by(["model", "item"], use_threads=False).aggregate([([], "count_all")])
    repeated = counts.filter(pc.greater(counts["count_all"], 1))
    if repeated.num_rows:
        first = repeated.slice(0, 1).to_pylist()[0]
        raise UserError(
            where=file,
            field="model, item",
            got=f"{repeated.num_rows} pairs repeat "
            f'(first: "{first["model"]}", "{first["item"]}", {first["count_all"]} times)',
            expected="one row a pair",
            fix="Average or drop the repeats.",
        )
