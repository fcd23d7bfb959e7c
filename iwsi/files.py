"""Files that are whole or not there: atomic writes, digests, tables."""

import hashlib
import json
import os
import shutil
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from eval_predict.file_kinds import endless_kind

READ_ROWS = 16_384  # of a table read in parts
PART_SIZE = 2**20
SMALL_FILE = 64 * PART_SIZE
NONE = pa.schema([])  # no column


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary neighbour of `path` that takes its place when the block ends well.

    It may be made a file or a folder. After a crash it stays, and the next try overwrites it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    remove(temporary)
    try:
        yield temporary
    except BaseException:
        remove(temporary)
        raise
    if temporary.is_dir():
        remove(path)
    else:
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
    temporary.replace(path)


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON that a person can read, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def as_json(value: Any) -> Any:
    """A typed result as JSON takes it: dataclasses become objects, tuples lists."""
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, list | tuple) else value


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file, whole or not at all."""
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


@contextmanager
def table_writer(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    """Write a Parquet file part by part, whole or not at all: call what it yields with each."""
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        yield writer.write_table


class RowReader:
    """A table, as `read_table` reads it, from its beginning on and some rows at a time.

    Args:
        path: A Parquet file, or a folder of shards.
        columns: Those to read; None: all.
        optional: Fields of columns that a file may lack: they are null there.
    """

    def __init__(
        self, path: Path, columns: list[str] | None = None, optional: pa.Schema = NONE
    ) -> None:
        self._files = _shards(path)
        self._batches = (
            _complete(pa.Table.from_batches([batch]), columns, optional)
            for file in self._files
            for batch in pq.ParquetFile(file).iter_batches(
                READ_ROWS, columns=_stored(file, columns, optional)
            )
        )
        first = pq.read_schema(self._files[0]).empty_table()
        stored = _stored(self._files[0], columns, optional)
        empty = first if stored is None else first.select(stored)
        self._waiting: pa.Table = _complete(empty, columns, optional)

    def __iter__(self) -> Iterator[pa.Table]:
        """The remaining rows, READ_ROWS rows or fewer at a time."""
        while (part := self.take(READ_ROWS)).num_rows:
            yield part

    def take(self, rows: int) -> pa.Table:
        """The next rows; fewer at the end."""
        while self._waiting.num_rows < rows and (more := next(self._batches, None)) is not None:
            self._waiting = pa.concat_tables([self._waiting, more])
        taken, self._waiting = self._waiting.slice(0, rows), self._waiting.slice(rows)
        return taken

    def parts(self, least: int = READ_ROWS) -> Iterator[pa.Table]:
        """All rows, in parts of whole shards and of at least so many rows but for the last."""
        rows = 0
        for size in (pq.read_metadata(file).num_rows for file in self._files):
            rows += size
            if rows >= least:
                yield self.take(rows)
                rows = 0
        if rows:
            yield self.take(rows)


class TextColumn(Sequence[str]):
    """A column of a folder of shards, of which one shard at a time is held.

    Args:
        path: The folder, or a file.
        column: One of strings.
    """

    def __init__(self, path: Path, column: str) -> None:
        self._files, self._column = _shards(path), column
        self._ends: list[int] = list(
            accumulate(pq.read_metadata(file).num_rows for file in self._files)
        )
        self._held: tuple[int, list[str]] = (-1, [])

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, row: Any) -> Any:
        which = bisect_right(self._ends, row)
        if which != self._held[0]:
            table = pq.read_table(self._files[which], columns=[self._column])
            self._held = which, table[self._column].to_pylist()
        return self._held[1][row - self._ends[which]]  # from the shard's end


def read_table(
    path: Path, columns: list[str] | None = None, optional: pa.Schema = NONE
) -> pa.Table:
    """Read a Parquet file, or a folder of Parquet shards in the order of their names.

    Args:
        path: The file or the folder.
        columns: Those to read; None: all.
        optional: Fields of columns that a file may lack: they are null there.
    """
    return pa.concat_tables(
        _complete(
            pq.read_table(shard, columns=_stored(shard, columns, optional)), columns, optional
        )
        for shard in _shards(path)
    )


def _stored(file: Path, columns: list[str] | None, optional: pa.Schema) -> list[str] | None:
    """The columns to read from a file: those that it may lack only if it has them."""
    if columns is None or not set(columns) & set(optional.names):
        return columns
    stored = pq.read_schema(file).names
    return [name for name in columns if name in stored or name not in optional.names]


def _complete(table: pa.Table, columns: list[str] | None, optional: pa.Schema) -> pa.Table:
    if columns is None:
        return table
    for field in optional:
        if field.name in columns and field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table.select(columns)


def _shards(path: Path) -> list[Path]:
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


def files_of(path: Path) -> list[Path]:
    """The file itself, or all files in a folder, by name."""
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())


def file_digest(path: Path) -> str:
    """SHA-256 of a file; a pipe or a device, which has no end, gives no digest but what it is."""
    if (kind := endless_kind(path)) is not None:
        return kind
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def model_digest(folder: Path) -> str:
    """A digest that identifies a local model; of large files only size, head and tail are read."""
    parts = {}
    for file in sorted(folder.iterdir()):
        if not file.is_file() or file.suffix == ".md":
            continue
        size = file.stat().st_size
        if size <= SMALL_FILE:
            parts[file.name] = file_digest(file)
            continue
        with file.open("rb") as stream:
            head = stream.read(PART_SIZE)
            stream.seek(-PART_SIZE, os.SEEK_END)
            ends = hashlib.sha256(head + stream.read()).hexdigest()
        parts[file.name] = f"{size}:{ends}"
    return value_digest(parts)


def value_digest(value: Any) -> str:
    """SHA-256 of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
