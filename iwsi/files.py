"""Files that are whole or not there: atomic writes, digests, tables."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

PART_SIZE = 2**20
SMALL_FILE = 64 * PART_SIZE


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


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file, whole or not at all."""
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file, or a folder of Parquet shards in the order of their names."""
    if path.is_dir():
        shards = sorted(path.glob("*.parquet"))
        return pa.concat_tables(pq.read_table(shard, columns=columns) for shard in shards)
    return pq.read_table(path, columns=columns)


def files_of(path: Path) -> list[Path]:
    """The file itself, or all files in a folder, by name."""
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def model_digest(folder: Path) -> str:
    """What tells one local model from another; of large files only size, head and tail are read."""
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
