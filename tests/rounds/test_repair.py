"""`iwsi repair`: what it restores, what it leaves to be done again, and what it refuses."""

import json
import os
import shutil

import pyarrow.parquet as pq
import pytest
from report.run_directories import write_whole_run
from typer.testing import CliRunner

from eval_predict.errors import UserError
from iwsi.cli import app
from iwsi.rounds.damage import damaged_files
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.repair import repair_run
from iwsi.rounds.run_dir import open_run, read_recipe

STAGES = (
    "prepare",
    "round-0/test",
    "round-1/sample",
    "round-1/select",
    "round-1/train",
    "round-1/test",
)


@pytest.fixture
def run(tmp_path):
    """A run whose copies are there, as after any `iwsi run`."""
    root = write_whole_run(tmp_path / "run")
    (root / "round-1" / "validation_losses.parquet").unlink()  # of a stage that is not recorded
    repair_run(root)
    return root


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _remove(path):
    path.unlink()


def _garble(path):
    path.write_bytes(b"\xff{[")


def _list(path):
    path.write_text("[1, 2]")


def _pipe(path):
    path.unlink()
    os.mkfifo(path)


def _deep(path):
    path.write_text("[" * 100_000)


DAMAGES = [_truncate, _remove, _garble, _list, _pipe, _deep]


def test_a_whole_run_stays_as_it_is(run):
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    found = repair_run(run)
    assert (found.recipe, found.ledger, found.again, found.moved) == ("whole", "whole", (), ())
    assert found.confirmed == STAGES
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("harm", DAMAGES)
def test_a_damaged_ledger_is_rebuilt_as_it_was(run, harm):
    before = (run / "ledger.json").read_text()
    harm(run / "ledger.json")
    found = repair_run(run)
    assert found.ledger == "rebuilt"
    assert found.confirmed == STAGES
    assert json.loads((run / "ledger.json").read_text()) == json.loads(before)


@pytest.mark.parametrize("harm", DAMAGES)
def test_a_damaged_recipe_is_restored_from_its_copy(run, harm):
    before = read_recipe(run)
    harm(run / "recipe.yaml")
    found = repair_run(run)
    assert found.recipe == "restored"
    assert read_recipe(run) == before
    assert found.confirmed == STAGES


def test_ledger_and_recipe_may_be_gone_together(run):
    _remove(run / "ledger.json")
    _remove(run / "recipe.yaml")
    found = repair_run(run)
    assert (found.recipe, found.ledger, found.confirmed) == ("restored", "rebuilt", STAGES)


@pytest.mark.parametrize("harm", DAMAGES)
def test_a_damaged_file_costs_its_stage_alone_and_is_kept_for_a_look(run, harm):
    harm(run / "round-1" / "funnel.json")
    there = (run / "round-1" / "funnel.json").exists()
    found = repair_run(run)
    [again] = found.again
    assert (again.stage, again.files) == ("round-1/select", ("round-1/funnel.json",))
    assert "round-1/select" in Ledger(run).entries  # what follows is compared with its digests
    assert found.confirmed == tuple(name for name in STAGES if name != "round-1/select")
    assert found.moved == ((".damaged/round-1/funnel.json",) if there else ())
    assert not (run / "round-1" / "funnel.json").exists()
    assert (run / ".damaged" / "round-1" / "funnel.json").exists() == there
    assert damaged_files(run) == [("round-1/funnel.json", "missing")]


def test_without_copies_the_whole_entries_of_a_cut_ledger_are_read(run):
    """As in runs of versions that kept no copies."""
    shutil.rmtree(run / ".copies")
    ledger = json.loads((run / "ledger.json").read_text())
    text = json.dumps(ledger, indent=2)
    cut = text.index('"round-1/train"') + 30
    (run / "ledger.json").write_text(text[:cut])
    found = repair_run(run)
    assert found.confirmed == STAGES[:4]
    assert "round-1/train" in {again.stage for again in found.again}


def test_without_any_record_files_are_no_results(run):
    """What no digest confirms is done again: better no number than a wrong one."""
    shutil.rmtree(run / ".copies")
    _garble(run / "ledger.json")
    _truncate(run / "round-1" / "samples" / "00000.parquet")
    found = repair_run(run)
    assert found.confirmed == ()
    assert {again.stage for again in found.again} >= {"round-1/sample", "round-1/train"}
    assert {again.why for again in found.again} == {"no record of how they were made"}
    assert ".damaged/round-1/samples/00000.parquet" in found.moved
    assert pq.read_table(run / "round-1" / "samples" / "00001.parquet").num_rows == 1


def test_an_edited_recipe_stays_where_no_more_is_lost_by_it(run):
    text = (run / "recipe.yaml").read_text()
    (run / "recipe.yaml").write_text(text.replace("batch_tokens: 16384", "batch_tokens: 8192"))
    assert repair_run(run).recipe == "whole"
    assert read_recipe(run).filter.batch_tokens == 8192


def test_a_damaged_summary_is_written_again(run):
    assert repair_run(run).rewritten == ()
    _garble(run / "summary.json")
    assert repair_run(run).rewritten == ("summary.json",)
    assert json.loads((run / "summary.json").read_text())["task"] == "tiny_arith"


def test_copies_that_name_files_outside_of_the_run_are_passed_over(run, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    entry = {"digest": "0", "outputs": {"../precious": "0"}, "seconds": 1.0}
    (run / ".copies" / "stages" / "prepare.json").write_text(json.dumps(entry))
    _garble(run / "ledger.json")
    assert "prepare" not in repair_run(run).confirmed
    assert precious.read_text() == "mine"


def test_a_link_is_no_file_of_the_run(run, tmp_path):
    target = tmp_path / "elsewhere.json"
    shutil.move(run / "round-1" / "funnel.json", target)
    (run / "round-1" / "funnel.json").symlink_to(target)
    found = repair_run(run)
    assert [again.stage for again in found.again] == ["round-1/select"]
    assert target.exists()


def test_a_folder_that_is_no_run_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="expected a run directory"):
        repair_run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(UserError, match="no such folder"):
        repair_run(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_run_that_is_worked_on_is_not_touched(run):
    with open_run(run), pytest.raises(UserError, match="another process is working on"):
        repair_run(run)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        *((command, "ledger.json") for command in ("status", "forecast", "export")),
        *((command, "recipe.yaml") for command in ("status", "forecast", "export")),
        *((command, "round-1/test.parquet") for command in ("status", "export")),
    ],
)
def test_every_error_of_a_damaged_run_names_the_repair(run, command, name):
    _garble(run / name)
    out = ["--out", str(run.parent / "out")] if command == "export" else []
    answer = CliRunner().invoke(app, [command, str(run), *out])
    assert answer.exit_code == 2
    assert f"`iwsi repair {run}`" in answer.stderr
