"""Second copies of what a run cannot do without: its recipe, its inputs, a file for each stage.

They lie in `.copies/` of the run directory. A stage's copy is written once, before the ledger, so
that it is never older than the ledger's entry.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iwsi.files import write_json, write_text

FOLDER = ".copies"
RECIPE_COPY = f"{FOLDER}/recipe.yaml"
INPUTS_COPY = f"{FOLDER}/inputs.json"
STAGES = f"{FOLDER}/stages"


def copy_recipe(root: Path, text: str) -> None:
    """Keep the recipe's text, if the copy is another one or there is none."""
    path = root / RECIPE_COPY
    if _text(path) != text:
        write_text(path, text)


def copy_inputs(root: Path, inputs: dict[str, str]) -> None:
    """Keep the digests of what the run is made from."""
    write_json(root / INPUTS_COPY, inputs)


def copy_entry(root: Path, stage: str, entry: dict[str, Any]) -> None:
    """Keep the ledger's entry of a stage."""
    write_json(root / STAGES / f"{stage}.json", entry)


def inputs_in(root: Path) -> Any:
    """The digests that `copy_inputs` kept; None where the copy is missing or cannot be read."""
    return _value(root / INPUTS_COPY)


def entries_in(root: Path) -> Iterator[tuple[str, Any]]:
    """The stages whose copies can be read, with their entries, in the order of their copies."""
    folder = root / STAGES
    found = [path for path in folder.rglob("*.json") if not path.name.startswith(".")]
    for path in sorted(found, key=lambda file: (file.stat().st_mtime_ns, file)):
        if (value := _value(path)) is not None:
            yield path.relative_to(folder).with_suffix("").as_posix(), value


def _value(path: Path) -> Any:
    text = _text(path)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else None
    except (OSError, ValueError):
        return None
