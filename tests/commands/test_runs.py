from pathlib import Path

from iwsi.commands.runs import MIB, run_row, scratch_lines
from iwsi.rounds.scratch import RunState, Scratch


def test_what_can_be_deleted_is_added_up():
    root = Path("/runs/a")
    found = [Scratch(root / "merged", 3 * MIB, "old"), Scratch(root / "tmp", MIB, "left")]
    lines = scratch_lines(found, root, deleted=False)
    assert lines[0].split() == ["3.0", "MiB", "merged:", "old"]
    assert lines[-1].split() == ["4.0", "MiB", "can", "be", "deleted", "with", "--yes"]
    assert scratch_lines([], root, deleted=True) == ["nothing to delete"]


def test_a_run_that_cannot_be_read_has_its_problem_and_no_figures():
    row = run_row(RunState(Path("/runs/a"), None, "no ledger"))
    assert (row["problem"], row["base"], row["result"]) == ("no ledger", None, None)
