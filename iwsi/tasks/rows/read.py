"""Reading the rows of a file or folder, as Python values or as a table."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pyarrow as pa

from iwsi.tasks.rows.columnar import columnar_table, python_rows
from iwsi.tasks.rows.delimited import delimited_rows, is_delimited
from iwsi.tasks.rows.folder import row_suffix, shards_of
from iwsi.tasks.rows.json_text import is_json, json_rows
from iwsi.tasks.rows.nested import records_at
from iwsi.tasks.rows.opening import container_of, open_text
from iwsi.tasks.rows.source import Row, Source
from iwsi.tasks.rows.table import plain_table, table_of

_DELIMITED = (".csv", ".tsv")
_HEAD_LINES = 20


def read_rows(source: Source) -> list[Row]:
    """All rows of a file or of a folder of shards, in their order.

    What a file is, its content says: JSON, JSONL, CSV and its dialects, Parquet, Arrow, each
    also as gzip. Text is UTF-8, UTF-16 or what `source.encoding` says.

    Raises:
        UserError: it is not there, is no file of rows, or holds none.
    """
    rows = [row for part in _parts(source) for row in _rows(part)]
    if not rows:
        raise source.error("no rows", "at least one row")
    return rows


def read_table(source: Source) -> pa.Table:
    """All rows as a table with one type a column; reads what `read_rows` reads.

    A column of several types becomes text, in which what was not text is JSON.

    Raises:
        UserError: as `read_rows`.
    """
    tables = []
    for part in _parts(source):
        container = container_of(part)
        if container == "text" or part.records is not None:
            tables.append(table_of(_rows(part)))
        else:
            tables.append(plain_table(columnar_table(part, container)))
    if not sum(table.num_rows for table in tables):
        raise source.error("no rows", "at least one row")
    if len(tables) == 1:
        return tables[0]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException:  # shards that differ in a column's type
        return table_of(row for table in tables for row in python_rows(table, source))


def _parts(source: Source) -> list[Source]:
    if source.path.is_dir():
        return [replace(source, path=path) for path in shards_of(source)]
    if not source.path.exists():
        raise source.error(
            f"no file {source.path}" if source.field else "no such file",
            "a file of rows",
            key=source.key("path") if source.field else None,
        )
    return [source]


def _rows(source: Source) -> Iterator[Row]:
    container = container_of(source)
    if container != "text":
        rows = iter(python_rows(columnar_table(source, container), source))
        if source.records is not None:
            rows = (
                inner for row in rows for inner in records_at(row, source.records or "", source)
            )
        yield from rows
        return
    suffix = row_suffix(source.path.name)
    with open_text(source) as text:
        lines = list(islice(text, _HEAD_LINES))
    head = "".join(lines)
    if is_json(head) and suffix not in _DELIMITED:
        with open_text(source) as text:
            yield from json_rows(text, source)
    elif suffix in _DELIMITED or (suffix is None and is_delimited(lines)):
        yield from delimited_rows(lambda: open_text(source, newline=""), source)
    elif suffix is not None:
        with open_text(source) as text:
            yield from json_rows(text, source)
    else:
        raise source.error(
            f"text that begins {head.strip()[:40]!r}", "rows as JSON, JSONL, CSV, TSV or Parquet"
        )
