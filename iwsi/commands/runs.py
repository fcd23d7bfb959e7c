"""`iwsi clean` and `iwsi runs`: what can be deleted, and which runs there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from iwsi.rounds.scratch import RunState, Scratch

MIB = 2**20


def scratch_lines(found: Sequence[Scratch], root: Path, *, deleted: bool) -> list[str]:
    """What was found or deleted, a line each, and how much it is in all."""
    lines = [
        f"{item.size / MIB:10,.1f} MiB  {item.path.relative_to(root)}: {item.why}" for item in found
    ]
    total = sum(item.size for item in found) / MIB
    if not found:
        return ["nothing to delete"]
    verb = "deleted" if deleted else "can be deleted with --yes"
    return [*lines, f"{total:10,.1f} MiB {verb}"]


def print_runs(console: Console, states: Sequence[RunState], folder: Path) -> None:
    """A table of runs: rounds, accuracy before and after, and what comes next."""
    table = Table()
    for heading in ("run", "task", "base", "result", "state"):
        table.add_column(heading)
    for state in states:
        table.add_row(*(escape(cell) for cell in _cells(state, folder)))
    console.print(table)


def run_row(state: RunState) -> dict[str, Any]:
    """As JSON takes it."""
    base, result = _accuracies(state)
    return {
        "path": str(state.path),
        "task": state.summary.task if state.summary else None,
        "base": base,
        "result": result,
        "next_stage": state.summary.next_stage if state.summary else None,
        "problem": state.problem,
    }


def _cells(state: RunState, folder: Path) -> tuple[str, ...]:
    name = str(state.path.relative_to(folder))
    if state.summary is None:
        return name, "–", "–", "–", f"cannot be read: {state.problem}"
    base, result = _accuracies(state)
    after = state.summary.next_stage
    shown = [f"{100 * value:.1f}%" if value is not None else "–" for value in (base, result)]
    return name, state.summary.task, *shown, f"next: {after}" if after else "done"


def _accuracies(state: RunState) -> tuple[float | None, float | None]:
    """Of the base model and of the result, by full tests."""
    if state.summary is None:
        return None, None
    by_round = {
        row.round: row.accuracy.value for row in state.summary.rounds if row.accuracy is not None
    }
    result = state.summary.result
    return by_round.get(0), by_round.get(result.round) if result else None
