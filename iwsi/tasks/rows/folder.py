"""Folders of shards: which of their files hold the rows."""

import re
from collections.abc import Sequence
from pathlib import Path

from iwsi.tasks.rows.source import Source

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow")

_SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "dev": "validation",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}


def row_suffix(name: str) -> str | None:
    """The suffix that says a file holds rows, without `.gz`; None where there is none."""
    path = Path(name.lower())
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    return suffix if suffix in SUFFIXES else None


def shards_of(source: Source) -> list[Path]:
    """The files of rows in a folder, in the order of their names.

    Metadata in `.json` beside shards of another format is passed over.

    Raises:
        UserError: it holds none, or those of several formats or splits.
    """
    files = [
        file
        for file in sorted(source.path.rglob("*"))
        if file.is_file() and row_suffix(file.name) and not _is_hidden(file, source.path)
    ]
    formats = sorted({str(row_suffix(file.name)) for file in files})
    if len(formats) > 1 and ".json" in formats:
        formats.remove(".json")
    if not formats:
        raise source.error("a folder without files of rows", f"shards in {', '.join(SUFFIXES)}")
    if len(formats) > 1:
        raise source.error(
            f"a folder of {' and '.join(formats)} files", "shards of one format", "Name one file."
        )
    shards = [file for file in files if row_suffix(file.name) == formats[0]]
    splits = _splits(shards, source.path)
    if len(splits) > 1:
        raise source.error(
            f"a folder that holds {' and '.join(splits)} rows",
            "the shards of one split",
            "Name the file or the folder of that split.",
        )
    return shards


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)


def _splits(shards: Sequence[Path], folder: Path) -> list[str]:
    words = {
        word
        for shard in shards
        for word in re.split(r"[^a-z]+", str(shard.relative_to(folder)).lower())
    }
    return sorted({_SPLITS[word] for word in words if word in _SPLITS})
