"""Rows as a table with one type for each column; no value is lost."""

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from iwsi.tasks.rows.source import Row

_LARGEST = 2**63


def table_of(rows: Iterable[Row]) -> pa.Table:
    """The rows as a table; a key that a row lacks is a gap.

    A column of several types, or of whole numbers that are too long for 64 bits, becomes text, in
    which what was not text is JSON.
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: _array([row.get(name) for row in rows]) for name in names})


def plain_table(table: pa.Table) -> pa.Table:
    """A Parquet file's table without dictionaries, and with bytes that are UTF-8 as text."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            try:
                column = column.cast(pa.string())
            except pa.ArrowInvalid:
                continue
        if column.type != field.type:
            table = table.set_column(place, field.name, column)
    return table


def _array(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.array(values, pa.string())
    numbers = kinds <= {int, float}
    fits = int not in kinds or all(
        abs(value) < (2**53 if float in kinds else _LARGEST)
        for value in values
        if type(value) is int
    )
    if (len(kinds) == 1 or numbers) and fits:
        try:
            return pa.array(values)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError, ValueError):
            pass  # values inside a nested one are of several types, or half a surrogate pair
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace").decode("utf-8")
