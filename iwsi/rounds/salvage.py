"""Readers of a run's files that may be damaged: recipes, ledgers, tables."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from eval_predict.errors import UserError
from iwsi.recipe import Recipe
from iwsi.recipe.load import load_recipe
from iwsi.rounds import copies
from iwsi.rounds.ledger import Entry, entry_of


def read_recipe_file(path: Path) -> Recipe | None:
    """The recipe in a file; None where it cannot be read."""
    try:
        return load_recipe(path)
    except UserError:
        return None


def has_all_sections(path: Path) -> bool:
    """Whether a recipe has every section, as those of run directories have."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    return set(values) >= set(Recipe.model_fields)


def copied_entries(root: Path) -> Iterator[tuple[str, Entry]]:
    """The entries whose copies are sound."""
    for name, value in copies.entries_in(root):
        if (entry := _entry_or_none(value)) is not None:
            yield name, entry


def _entry_or_none(value: Any) -> Entry | None:
    try:
        return entry_of(value)
    except (TypeError, ValueError, AttributeError):
        return None


def salvaged_entries(path: Path) -> Iterator[tuple[str, Entry]]:
    """The entries that stand whole in a ledger that is cut off or garbled further on."""
    if not path.is_file():
        return
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return
    decoder = json.JSONDecoder()
    place = text.find('"stages": {') + len('"stages": {')
    if place < len('"stages": {'):
        return
    try:
        while True:
            place = _skip(text, place, ",")
            name, place = decoder.raw_decode(text, place)
            value, place = decoder.raw_decode(text, _skip(text, place, ":"))
            entry = _entry_or_none(value)
            if isinstance(name, str) and entry is not None:
                yield name, entry
    except (ValueError, RecursionError):
        return


def _skip(text: str, place: int, mark: str) -> int:
    while place < len(text) and (text[place].isspace() or text[place] == mark):
        place += 1
    return place


def is_inputs(value: Any) -> bool:
    """Whether a value of JSON maps names of inputs to their digests."""
    return isinstance(value, dict) and all(isinstance(digest, str) for digest in value.values())


def is_table(file: Path) -> bool:
    """Whether a Parquet file can be read to its end."""
    try:
        pq.read_table(file)
    except (pa.ArrowException, OSError):
        return False
    return True


def is_json(file: Path) -> bool:
    """Whether a file holds JSON."""
    try:
        json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return True
