"""Repairs a run directory: stages that digests confirm are kept, the others done again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eval_predict.errors import UserError
from iwsi.files import as_json, file_digest, files_of, remove, write_json
from iwsi.recipe import Recipe
from iwsi.rounds import copies, layout
from iwsi.rounds.decisions import read_decision
from iwsi.rounds.ledger import Entry, Ledger
from iwsi.rounds.plan import called_for, plan
from iwsi.rounds.run_dir import open_run
from iwsi.rounds.salvage import (
    copied_entries,
    has_all_sections,
    is_inputs,
    is_json,
    is_table,
    read_recipe_file,
    salvaged_entries,
)
from iwsi.rounds.stage import AnyStage
from iwsi.rounds.stages import gate, test
from iwsi.rounds.summary import summarise, write_scores

DAMAGED = ".damaged"  # where files go that are not as their stages left them

RecipeState = Literal["whole", "restored", "lost"]
LedgerState = Literal["whole", "rebuilt"]


@dataclass(frozen=True, slots=True)
class Again:
    """A stage that was done and will be done again, and why."""

    stage: str
    files: tuple[str, ...]  # that are missing, changed, or that no record confirms
    why: str


@dataclass(frozen=True, slots=True)
class Repair:
    """The findings and actions of `iwsi repair`.

    Attributes:
        run: the run directory.
        recipe: restored: from its copy; lost: neither it nor its copy can be read.
        ledger: rebuilt: from the copies of its entries.
        confirmed: stages whose files are as they left them.
        again: stages that were done, and will be done again.
        moved: where files went that were in the way, relative to the run.
        rewritten: files that were made again from others.
        next_stage: the first that is still to be done; None: the run is done, or has no recipe.
    """

    run: str
    recipe: RecipeState
    ledger: LedgerState
    confirmed: tuple[str, ...]
    again: tuple[Again, ...]
    moved: tuple[str, ...]
    rewritten: tuple[str, ...]
    next_stage: str | None


def repair_run(root: Path) -> Repair:
    """Make a run directory whole as far as its files and copies allow; nothing is deleted.

    Raises:
        UserError: it is no run directory, or another process works on it.
    """
    _refuse_others(root)
    with open_run(root):
        return _Mend(root).run()


class _Mend:
    """One repair of a run that is held."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._moved: list[str] = []
        self._again: list[Again] = []
        self._rewritten: list[str] = []

    def run(self) -> Repair:
        ledger, ledger_state = self._ledger()
        recipe, recipe_state = self._recipe(ledger)
        stages = plan(recipe) if recipe else []
        self._unrecorded(stages, ledger)
        if recipe:
            self._derived(recipe, ledger)
        undone = {again.stage for again in self._again}
        confirmed = {name: e for name, e in ledger.entries.items() if name not in undone}
        waiting = _waiting(self._root, stages, confirmed)
        return Repair(
            str(self._root),
            recipe_state,
            ledger_state,
            tuple(confirmed),
            tuple(self._again),
            tuple(self._moved),
            tuple(self._rewritten),
            waiting[0].name if waiting else None,
        )

    def _ledger(self) -> tuple[Ledger, LedgerState]:
        """A ledger of the entries that files confirm, written where the old one is not that."""
        path = self._root / layout.LEDGER
        state: LedgerState = "whole" if path.exists() else "rebuilt"
        try:
            ledger = Ledger(self._root)
        except UserError:
            salvaged, state = dict(salvaged_entries(path)), "rebuilt"
            self._move(path)
            ledger = Ledger(self._root)
            ledger.entries |= salvaged
        kept = dict(copied_entries(self._root))
        inputs = copies.inputs_in(self._root)
        if not ledger.inputs and is_inputs(inputs):
            ledger.inputs = inputs
        found = {}
        for name in dict.fromkeys([*ledger.entries, *kept]):
            entries = [e for e in (ledger.entries.get(name), kept.get(name)) if e is not None]
            found[name] = self._confirmed(name, entries)
        ledger.entries = found
        ledger.write_all()
        return ledger, state

    def _confirmed(self, name: str, entries: Sequence[Entry]) -> Entry:
        """The first entry whose files are all as it says.

        Where there is none, the stage is done again. Its entry stays: what follows from it stays
        done if the same files come out, which the digests in it tell.
        """
        wrong: list[str] = []
        for entry in entries:
            wrong = [p for p, written in entry.outputs.items() if not self._holds(p, written)]
            if not wrong:
                return entry
        for file in wrong:
            self._move(self._root / file)
        self._again.append(Again(name, tuple(wrong), "missing or changed"))
        return entries[0]

    def _recipe(self, ledger: Ledger) -> tuple[Recipe | None, RecipeState]:
        """The recipe or its copy, whichever most of the finished stages were made from."""
        path, copy = self._root / layout.RECIPE, self._root / copies.RECIPE_COPY
        ours, theirs = read_recipe_file(path), read_recipe_file(copy)
        if ours is None and theirs is None:
            return None, "lost"
        if ours is not None and theirs is not None and not has_all_sections(path):
            ours = None  # cut off between two sections, it reads as one with defaults
        if theirs is None or (ours is not None and _stale(ledger, ours) <= _stale(ledger, theirs)):
            copies.copy_recipe(self._root, path.read_text(encoding="utf-8"))
            return ours, "whole"
        self._move(path)
        path.write_bytes(copy.read_bytes())
        return theirs, "restored"

    def _unrecorded(self, stages: Sequence[AnyStage], ledger: Ledger) -> None:
        """Report files that no record confirms, and move damaged tables aside."""
        for stage in stages:
            if stage.name in ledger.entries:
                continue
            files = [f for path in stage.writes for f in files_of(self._root / path)]
            for file in files:
                if file.suffix == ".parquet" and not is_table(file):
                    self._move(file)
            if files:
                names = tuple(str(file.relative_to(self._root)) for file in files)
                self._again.append(Again(stage.name, names, "no record of how they were made"))

    def _derived(self, recipe: Recipe, ledger: Ledger) -> None:
        """The summary and the table of scores, where they are damaged."""
        summary, scores = self._root / layout.SUMMARY, self._root / layout.SCORES
        if summary.exists() and not is_json(summary):
            self._move(summary)
            if not self._again:  # else the run writes it when it has made the files again
                write_json(summary, as_json(summarise(self._root, recipe, ledger)))
                self._rewritten.append(layout.SUMMARY)
        tested = any(name.endswith(f"/{test.KIND.name}") for name in ledger.entries)
        if scores.exists() and not is_table(scores):
            self._move(scores)
            if tested and not self._again:
                write_scores(self._root, ledger)
                self._rewritten.append(layout.SCORES)

    def _holds(self, path: str, written: str) -> bool:
        file = self._root / path
        return file.is_file() and not file.is_symlink() and file_digest(file) == written

    def _move(self, path: Path) -> None:
        """Move a file aside, so that its stage makes it again; it is kept for inspection."""
        if not path.exists() and not path.is_symlink():
            return
        target = self._root / DAMAGED / path.relative_to(self._root)
        target.parent.mkdir(parents=True, exist_ok=True)
        remove(target)
        path.replace(target)
        self._moved.append(str(target.relative_to(self._root)))


def _refuse_others(root: Path) -> None:
    marks = (layout.RECIPE, layout.LEDGER, copies.FOLDER)
    if not root.is_dir() or not any((root / mark).exists() for mark in marks):
        raise UserError(
            where=str(root),
            got=f"no {', '.join(marks)}" if root.is_dir() else "no such folder",
            expected="a run directory, such as `iwsi run` makes in runs/",
            fix="`iwsi runs` lists those of a folder.",
        )


def _stale(ledger: Ledger, recipe: Recipe) -> int:
    return len(ledger.stale(plan(recipe), recipe))


def _waiting(
    root: Path, stages: Sequence[AnyStage], entries: Mapping[str, Entry]
) -> list[AnyStage]:
    """The stages that are called for and not done."""
    decisions = {
        stage.round: read_decision(root, stage.round)
        for stage in stages
        if stage.kind is gate.KIND and stage.name in entries
    }
    return [stage for stage in called_for(stages, decisions) if stage.name not in entries]
