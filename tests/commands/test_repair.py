import json

import pytest
from report.run_directories import write_whole_run
from typer.testing import CliRunner

from iwsi.cli import app
from iwsi.rounds.repair import repair_run


@pytest.fixture
def run(tmp_path):
    """A run whose copies are there, as after any `iwsi run`."""
    root = write_whole_run(tmp_path / "run")
    (root / "round-1" / "validation_losses.parquet").unlink()  # of a stage that is not recorded
    repair_run(root)
    return root


def _remove(path):
    path.unlink()


def _garble(path):
    path.write_bytes(b"\xff{[")


def test_the_command_says_what_it_did_in_lines_and_in_json(run):
    _garble(run / "ledger.json")
    _remove(run / "round-1" / "funnel.json")
    shown = CliRunner().invoke(app, ["repair", str(run)]).stdout.splitlines()
    assert shown[:3] == [
        "recipe.yaml: whole",
        "ledger.json: rebuilt from the copies of its entries",
        "confirmed by their digests: 5 stages",
    ]
    assert "round-1/select is done again: round-1/funnel.json: missing or changed" in shown
    assert any(line.startswith(f"`iwsi run {run}` goes on with ") for line in shown)
    found = json.loads(CliRunner().invoke(app, ["repair", str(run), "--json"]).stdout)
    assert found["again"][0]["stage"] == "round-1/select"
    assert found["ledger"] == "whole"


def test_a_recipe_that_is_lost_is_an_error_that_says_what_is_confirmed(run):
    _garble(run / "recipe.yaml")
    _garble(run / ".copies" / "recipe.yaml")
    answer = CliRunner().invoke(app, ["repair", str(run)])
    assert answer.exit_code == 2
    [line] = answer.stderr.splitlines()
    assert "6 stages are confirmed by their digests" in line
    assert f"`iwsi run RECIPE --run-dir {run}`" in line
