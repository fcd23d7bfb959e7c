"""Parquet files with columns of every type that a user's file may have."""

import datetime
import decimal
import io
from random import Random
from typing import Any

import pyarrow as pa
from pyarrow import parquet

_COLUMNS: tuple[tuple[pa.DataType, tuple[Any, ...]], ...] = (
    (pa.string(), ("a", "", None, "12", "\x1b[2J", "[b]", "x" * 3000)),
    (pa.int64(), (0, -1, None, 2**62)),
    (pa.uint64(), (0, 2**64 - 1, None)),
    (pa.float64(), (0.0, float("nan"), float("inf"), None, -1.5, 1e308)),
    (pa.float16(), (0.5, None)),
    (pa.bool_(), (True, False, None)),
    (pa.binary(), (b"", b"\xff\x00", None)),
    (pa.date32(), (datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None)),
    (pa.timestamp("ns"), (0, 2**62, -(2**62), None)),
    (pa.timestamp("us", "UTC"), (0, 2**60, None)),
    (pa.duration("s"), (0, 2**40, None)),
    (pa.time64("us"), (0, None)),
    (pa.decimal128(38, 10), (decimal.Decimal("1.5"), None)),
    (pa.list_(pa.string()), ([], ["a", None], None)),
    (pa.list_(pa.list_(pa.int8())), ([[]], [[1]], None)),
    (pa.struct([("a", pa.string()), ("b", pa.int8())]), ({"a": "x", "b": 1}, None)),
    (pa.struct([]), ({}, None)),
    (pa.map_(pa.string(), pa.int8()), ([("k", 1), ("k", 2)], [], None)),
    (pa.null(), (None,)),
    (pa.large_string(), ("a", None)),
    (pa.dictionary(pa.int8(), pa.string()), ("a", "b", None)),
)


def random_table(rng: Random, names: tuple[str, ...]) -> bytes:
    """A few rows, most columns of the given names, some named alike, empty or oddly."""
    rows = rng.choice((0, 1, 2, 3, 20))
    fields, arrays = [], []
    for name in (*names, rng.choice(("", "x", names[0], "a.b", "\x1b[2J", " "))):
        if rng.random() < 0.1:
            continue
        kind, values = rng.choice(_COLUMNS) if rng.random() < 0.6 else _COLUMNS[0]
        fields.append(pa.field(name, kind))
        arrays.append(pa.array([rng.choice(values) for _ in range(rows)], kind))
    sink = io.BytesIO()
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    try:
        parquet.write_table(table, sink)
    except (pa.ArrowException, OverflowError):  # a type that Parquet has not
        return b"PAR1"
    return sink.getvalue()
