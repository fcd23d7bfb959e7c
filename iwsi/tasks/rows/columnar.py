"""Rows of Parquet and Arrow files, as tables and as Python values."""

import datetime
import decimal
import io
from collections import Counter
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from eval_predict.errors import UserError
from iwsi.tasks.rows.opening import Container, open_bytes
from iwsi.tasks.rows.source import Row, Source


def columnar_table(source: Source, container: Container) -> pa.Table:
    """The table of a Parquet or Arrow file.

    Raises:
        UserError: it is damaged, or two columns have one name.
    """
    try:
        with open_bytes(source) as stream:
            data = None if _is_file(stream) else pa.BufferReader(stream.read())
            table = _read(source, container, data)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise source.error(
            f"a damaged file ({reason[:120]})", f"a whole {container.partition('_')[0]} file"
        ) from None
    names = Counter(table.column_names)
    if twice := next((name for name, times in names.items() if times > 1), None):
        raise source.error(
            f"two columns named {twice!r}", "a different name for each", "Rename one of the two."
        )
    return table


def python_rows(table: pa.Table, source: Source) -> list[Row]:
    """The table's rows as plain values: bytes that are UTF-8 and dates become text.

    Raises:
        UserError: a column holds what its type says it cannot.
    """
    columns = {}
    for name in table.column_names:
        try:
            columns[name] = _plain_column(table[name])
        except (ValueError, OverflowError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0][:120]
            raise source.error(
                f"values that cannot be read ({reason})", "sound ones", key=name
            ) from None
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _is_file(stream: BinaryIO) -> bool:
    """Whether the bytes are the file's own, so that Arrow can read it in place."""
    return hasattr(stream, "peek") and isinstance(getattr(stream, "raw", None), io.FileIO)


def _read(source: Source, container: Container, data: pa.BufferReader | None) -> pa.Table:
    where = data or str(source.path)
    if container == "parquet":
        return pq.ParquetFile(where).read()
    if container == "arrow":
        return pyarrow.ipc.open_file(where).read_all()
    with pa.memory_map(where) if data is None else data as stream:
        return pyarrow.ipc.open_stream(stream).read_all()


def _plain_column(column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return values
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return None  # an image or the like, which no template can show
        case list():
            if value and all(isinstance(v, tuple) and len(v) == 2 for v in value):
                return {_plain(k): _plain(v) for k, v in value}  # how pyarrow gives a map
            return [_plain(inner) for inner in value]
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case float() if value != value:
            return None
        case decimal.Decimal():
            return f"{value:f}"
        case datetime.date() | datetime.time() | datetime.timedelta():
            return str(value)
        case _:
            return value
