import pytest
from typer.testing import CliRunner

from iwsi.cli import app
from iwsi.recipe.load import load_recipe
from iwsi.rounds.deadline import Deadline
from iwsi.rounds.display import Silent
from iwsi.rounds.ledger import Entry
from iwsi.rounds.loop import run_recipe

DONE = {
    "round-1/train": Entry("", {}, seconds=90.0, startup_seconds=10.0),
    "round-2/train": Entry("", {}, seconds=40.0),
    "round-1/test": Entry("", {}, seconds=500.0),
}


@pytest.mark.parametrize(
    ("now", "stage", "allowed"),
    [
        (0, "round-3/train", True),  # 100 s at most before, 120 s left
        (20, "round-3/train", True),
        (21, "round-3/train", False),
        (119, "round-1/weigh", True),  # of no stage of this kind is anything known
        (120, "round-1/weigh", False),
        (0, "round-2/test", False),
    ],
)
def test_a_stage_begins_only_where_the_longest_of_its_kind_fits(now, stage, allowed):
    times = iter([0.0, float(now)])
    deadline = Deadline(120, clock=lambda: next(times))
    assert deadline.allows(stage, DONE) is allowed
    assert deadline.stopped_before == (None if allowed else stage)


def test_a_run_without_time_left_does_nothing_and_says_what_is_next(recipe_file, tmp_path):
    deadline = Deadline(0)
    summary = run_recipe(load_recipe(recipe_file), tmp_path / "run", Silent(), deadline=deadline)
    assert summary.next_stage == deadline.stopped_before == "prepare"
    assert not (tmp_path / "run" / "data").exists()


def test_the_command_ends_with_a_code_of_its_own_and_says_how_to_go_on(recipe_file, tmp_path):
    run = tmp_path / "run"
    command = ["run", str(recipe_file), "--run-dir", str(run), "--max-hours", "1e-9"]
    answer = CliRunner().invoke(app, command)
    assert answer.exit_code == 75, answer.output
    assert f"before prepare; `iwsi run {run}` goes on from here" in answer.stderr


def test_no_hours_are_no_limit(recipe_file):
    answer = CliRunner().invoke(app, ["run", str(recipe_file), "--max-hours", "0"])
    assert answer.exit_code == 2
    assert "--max-hours" in answer.stderr
