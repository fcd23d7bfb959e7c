import io
from pathlib import Path

from rich.console import Console

from iwsi.commands.runs import MIB, print_runs, scratch_lines
from iwsi.rounds.run_list import ListedRun
from iwsi.rounds.scratch import Scratch


def test_what_can_be_deleted_is_added_up():
    root = Path("/runs/a")
    found = [Scratch(root / "merged", 3 * MIB, "old"), Scratch(root / "tmp", MIB, "left")]
    lines = scratch_lines(found, root, deleted=False)
    assert lines[0].split() == ["3.0", "MiB", "merged:", "old"]
    assert lines[-1].split() == ["4.0", "MiB", "can", "be", "deleted", "with", "--yes"]
    assert scratch_lines([], root, deleted=True) == ["nothing to delete"]


def test_a_run_that_cannot_be_read_has_its_problem_and_no_figures():
    console = Console(width=100, file=io.StringIO())
    runs = [
        ListedRun("/runs/a", problem="no ledger"),
        ListedRun("/runs/b", "gsm8k", 0.25, None, "round-1/sample"),
        ListedRun("/runs/c", "gsm8k", 0.25, 0.5),
    ]
    print_runs(console, runs, Path("/runs"))
    rows = [line.split("│")[1:-1] for line in console.file.getvalue().splitlines() if "│" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["a", "–", "–", "–", "cannot be read: no ledger"],
        ["b", "gsm8k", "25.0%", "–", "next: round-1/sample"],
        ["c", "gsm8k", "25.0%", "50.0%", "done"],
    ]


def test_a_folder_without_runs_says_so():
    console = Console(width=100, file=io.StringIO())
    print_runs(console, [], Path("/runs"))
    assert console.file.getvalue() == "no runs in /runs\n"
