"""`iwsi clean` and `iwsi runs`: what can be deleted, and which runs there are."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from iwsi.rounds.run_list import ListedRun
from iwsi.rounds.scratch import Scratch

MIB = 2**20


def scratch_lines(found: Sequence[Scratch], root: Path, *, deleted: bool) -> list[str]:
    """The files that were found or deleted, a line each, and their size in all."""
    lines = [
        f"{item.size / MIB:10,.1f} MiB  {item.path.relative_to(root)}: {item.why}" for item in found
    ]
    total = sum(item.size for item in found) / MIB
    if not found:
        return ["nothing to delete"]
    verb = "deleted" if deleted else "can be deleted with --yes"
    return [*lines, f"{total:10,.1f} MiB {verb}"]


def print_runs(console: Console, runs: Sequence[ListedRun], folder: Path) -> None:
    """A table of runs: rounds, accuracy before and after, and what comes next."""
    if not runs:
        console.print(f"no runs in {escape(str(folder))}", soft_wrap=True)
        return
    table = Table()
    for heading in ("run", "task", "base", "result", "state"):
        table.add_column(heading)
    for run in runs:
        table.add_row(*(escape(cell) for cell in _cells(run, folder)))
    console.print(table)


def _cells(run: ListedRun, folder: Path) -> tuple[str, ...]:
    name = str(Path(run.path).relative_to(folder))
    if run.problem is not None:
        return name, "–", "–", "–", f"cannot be read: {run.problem}"
    shown = [
        f"{100 * value:.1f}%" if value is not None else "–" for value in (run.base, run.result)
    ]
    return name, run.task or "–", *shown, f"next: {run.next_stage}" if run.next_stage else "done"
