"""The ledger of a run: which stages are done, from which inputs, with which files."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

from eval_predict.errors import UserError
from eval_predict.file_kinds import endless_kind
from iwsi.files import file_digest, files_of, value_digest, write_json
from iwsi.recipe import ADDED_KEYS, RESOURCE_KEYS, SOURCE_KEYS, Recipe
from iwsi.rounds import copies, layout
from iwsi.rounds.context import Info
from iwsi.rounds.stage import AnyStage

# Changes when a stage's files change their meaning.
FORMAT = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage that is done."""

    digest: str
    outputs: dict[str, str]  # relative path of each file: digest
    seconds: float
    startup_seconds: float = 0.0
    info: Info = field(default_factory=Info)
    startup: dict[str, float] = field(default_factory=dict)  # what those seconds went to


class Ledger:
    """`ledger.json` of a run directory; every change is written at once, whole."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / layout.LEDGER
        self.inputs: dict[str, str] = {}
        self.entries: dict[str, Entry] = {}
        if self._path.exists():
            self._read()

    def digest(self, stage: AnyStage, recipe: Recipe) -> str:
        """The digest of everything the stage depends on; its input stages must be done."""
        files: dict[str, str] = {}
        for entry in self.entries.values():
            files |= entry.outputs
        kind = stage.kind
        model = ("model",) if kind.reads_model else ()
        return value_digest(
            {
                "format": FORMAT,
                "stage": stage.name,
                "recipe": _relevant(recipe, (*kind.depends_on, "seed", *model)),
                "inputs": {path: _below(path, files) for path in stage.reads},
                "external": {
                    key: digest
                    for key, digest in self.inputs.items()
                    if key.startswith(kind.reads_outside)
                },
            }
        )

    def is_done(self, stage: AnyStage, digest: str) -> bool:
        """Whether the stage was done from just this, and its files are as it left them.

        A file that changed since is removed, so that the stage makes it again.
        """
        entry = self.entries.get(stage.name)
        if entry is None or entry.digest != digest:
            return False
        paths = {self._root / path: written for path, written in entry.outputs.items()}
        changed = [p for p, written in paths.items() if not p.exists() or file_digest(p) != written]
        for path in changed:
            path.unlink(missing_ok=True)
        return not changed

    def record(
        self,
        stage: AnyStage,
        digest: str,
        *,
        seconds: float,
        startup_seconds: float = 0.0,
        info: Info | None = None,
        startup: dict[str, float] | None = None,
    ) -> None:
        """Note that a stage is done."""
        outputs = {
            str(file.relative_to(self._root)): file_digest(file)
            for path in stage.writes
            for file in files_of(self._root / path)
        }
        parts = {part: round(spent, 2) for part, spent in (startup or {}).items()}
        entry = Entry(
            digest, outputs, round(seconds, 2), round(startup_seconds, 2), info or Info(), parts
        )
        self.entries[stage.name] = entry
        copies.copy_entry(self._root, stage.name, asdict(entry))
        self._write()

    def stale(self, stages: Sequence[AnyStage], recipe: Recipe) -> list[str]:
        """The stages that were done from something else, or follow from such a stage."""
        found: list[str] = []
        old: set[str] = set()  # outputs that will be made again, or are still to be made
        for stage in stages:
            entry = self.entries.get(stage.name)
            if entry is not None and not old & set(stage.reads):
                if entry.digest == self._digest_or_none(stage, recipe):
                    continue
                found.append(stage.name)
            elif entry is not None:
                found.append(stage.name)
            old |= set(stage.writes)
        return found

    def _digest_or_none(self, stage: AnyStage, recipe: Recipe) -> str | None:
        try:
            return self.digest(stage, recipe)
        except KeyError:  # an input is still to be made
            return None

    def set_inputs(self, inputs: dict[str, str]) -> None:
        """Note what the run is made from, by content."""
        if self.inputs != inputs:
            self.inputs = inputs
            copies.copy_inputs(self._root, inputs)
            self._write()

    def write_all(self) -> None:
        """Write the ledger and the copies of all that it holds."""
        copies.copy_inputs(self._root, self.inputs)
        for name, entry in self.entries.items():
            copies.copy_entry(self._root, name, asdict(entry))
        self._write()

    def _read(self) -> None:
        try:
            if (kind := endless_kind(self._path)) is not None:
                raise ValueError(kind)
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            self.inputs = stored["inputs"]
            self.entries = {name: entry_of(entry) for name, entry in stored["stages"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UserError(
                where=str(self._path),
                got=f"a ledger that cannot be read ({error})",
                expected="what iwsi wrote",
                fix=f"`iwsi repair {self._root}` rebuilds it from the copies of its entries, and "
                "keeps every stage whose files they confirm.",
            ) from None

    def _write(self) -> None:
        stages = {name: asdict(entry) for name, entry in self.entries.items()}
        write_json(self._path, {"format": FORMAT, "inputs": self.inputs, "stages": stages})


def entry_of(stored: dict[str, Any]) -> Entry:
    """An entry as `ledger.json` holds it.

    Raises:
        TypeError: a key is missing, or there are others.
        ValueError: it names files outside of the run directory.
    """
    entry = Entry(**stored)
    if not isinstance(entry.outputs, dict) or not isinstance(entry.info, dict):
        raise TypeError("outputs and info are no objects")
    _refuse_outside(entry.outputs)
    return entry


def _refuse_outside(paths: Iterable[str]) -> None:
    """A file that is found changed is removed: none of them may lie outside of the run."""
    for path in paths:
        given = PurePath(path)
        if given.is_absolute() or ".." in given.parts:
            raise ValueError(f"{path} is outside of the run directory")


def _relevant(recipe: Recipe, parts: Sequence[str]) -> dict[str, Any]:
    """The recipe's sections, or keys in them, as far as results depend on them.

    What only fits the work into a machine is left out, and so are the names of files, whose
    contents are inputs.
    """
    values: dict[str, Any] = recipe.model_dump(mode="json")
    for key in (*RESOURCE_KEYS, *SOURCE_KEYS, *ADDED_KEYS):
        *sections, name = key.split(".")
        holder: Any = values
        for section in sections:
            holder = holder.get(section) or {}
        if key not in ADDED_KEYS or holder.get(name) == ADDED_KEYS[key]:
            holder.pop(name, None)
    relevant = {}
    for part in parts:
        section, _, name = part.partition(".")
        relevant[part] = (values[section] or {}).get(name) if name else values[section]
    return relevant


def _below(path: str, files: dict[str, str]) -> dict[str, str]:
    """The recorded files that are `path` or lie in it."""
    found = {f: digest for f, digest in files.items() if f == path or f.startswith(f"{path}/")}
    if not found:
        raise KeyError(path)
    return found
