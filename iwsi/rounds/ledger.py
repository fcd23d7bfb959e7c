"""The ledger of a run: which stages are done, made from what, into which files."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.files import file_digest, value_digest, write_json
from iwsi.recipe import Recipe
from iwsi.rounds.plan import Stage

# Changes when a stage's files change their meaning.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage that is done."""

    digest: str
    outputs: dict[str, str]  # relative path: digest
    seconds: float
    startup_seconds: float = 0.0
    info: dict[str, Any] = field(default_factory=dict)


class Ledger:
    """`ledger.json` of a run directory; every change is written at once, whole."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / "ledger.json"
        self.inputs: dict[str, str] = {}
        self.entries: dict[str, Entry] = {}
        if self._path.exists():
            self._read()

    def digest(self, stage: Stage, recipe: Recipe) -> str:
        """Of everything the stage depends on; its input stages must be done."""
        outputs = {
            path: digest
            for entry in self.entries.values()
            for path, digest in entry.outputs.items()
        }
        sections = recipe.model_dump(mode="json", include={*stage.sections, "seed"})
        return value_digest(
            {
                "format": FORMAT,
                "stage": stage.name,
                "recipe": sections,
                "inputs": {path: outputs[path] for path in stage.inputs},
                "external": self.inputs if stage.kind == "prepare" else None,
                "model": self.inputs.get("model.name") if stage.reads_model else None,
            }
        )

    def is_done(self, stage: Stage, digest: str) -> bool:
        """Whether the stage was done from just this, and its files are as it left them."""
        entry = self.entries.get(stage.name)
        return (
            entry is not None
            and entry.digest == digest
            and all(
                (self._root / path).exists() and file_digest(self._root / path) == written
                for path, written in entry.outputs.items()
            )
        )

    def record(
        self,
        stage: Stage,
        digest: str,
        *,
        seconds: float,
        startup_seconds: float = 0.0,
        info: dict[str, Any] | None = None,
    ) -> None:
        """Note that a stage is done."""
        outputs = {path: file_digest(self._root / path) for path in stage.outputs}
        self.entries[stage.name] = Entry(
            digest, outputs, round(seconds, 2), round(startup_seconds, 2), info or {}
        )
        self._write()

    def set_inputs(self, inputs: dict[str, str]) -> None:
        """Note what the run is made from, or refuse if that changed since it began.

        Raises:
            UserError: names what changed.
        """
        changed = [key for key in inputs if self.inputs.get(key, inputs[key]) != inputs[key]]
        if changed:
            raise UserError(
                where=str(self._root),
                field=changed[0],
                got="contents that changed since this run began",
                expected="what the run was made from",
                fix="put it back, or start a new run with --run-dir",
            )
        if self.inputs != inputs:
            self.inputs = inputs
            self._write()

    def _read(self) -> None:
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            self.inputs = stored["inputs"]
            self.entries = {name: Entry(**entry) for name, entry in stored["stages"].items()}
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                where=str(self._path),
                got=f"a ledger that cannot be read ({error})",
                expected="what iwsi wrote",
                fix="start a new run with --run-dir; the files of this one are untouched",
            ) from None

    def _write(self) -> None:
        stages = {name: asdict(entry) for name, entry in self.entries.items()}
        write_json(self._path, {"format": FORMAT, "inputs": self.inputs, "stages": stages})
