"""A run with a damaged file: every command that reads it says which, in one line."""

import json
import os
import shutil

import pytest
from report.run_directories import write_whole_run
from typer.testing import CliRunner

from eval_predict.errors import UserError
from iwsi.cli import app
from iwsi.rounds.damage import damaged_files, explaining_damage
from iwsi.rounds.ledger import Ledger


def _truncate(path):
    path.write_bytes(path.read_bytes()[:40])


def _empty(path):
    path.write_bytes(b"")


def _remove(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _garble(path):
    path.write_bytes(b"\xff{[")


def _list(path):
    path.write_text("[1, 2]")


def _deep(path):
    path.write_text("[" * 100_000)


def _pipe(path):
    path.unlink()
    os.mkfifo(path)


def _iwsi(command, root):
    out = ["--out", str(root.parent / "out")] if command == "export" else []
    return CliRunner().invoke(app, [command, str(root), *out])


@pytest.fixture
def run(tmp_path):
    return write_whole_run(tmp_path / "run")


def test_a_run_that_is_whole_has_no_damaged_file(run):
    assert damaged_files(run) == []
    answer = _iwsi("status", run)
    assert answer.exit_code == 0, answer.stderr


@pytest.mark.parametrize("harm", [_truncate, _empty, _remove])
@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("status", "round-1/test.parquet"),
        ("status", "round-0/test.parquet"),
        ("status", "round-1/funnel.json"),
        ("export", "round-1/test.parquet"),
        ("forecast", "data/test.parquet"),
    ],
)
def test_a_damaged_file_is_named_with_the_mend(run, command, name, harm):
    harm(run / name)
    answer = _iwsi(command, run)
    assert answer.exit_code == 2, answer.output
    [line] = answer.stderr.splitlines()
    state = "missing" if harm is _remove else "changed or truncated"
    assert f"{name} is {state}" in line
    assert f"`iwsi run {run}`" in line


@pytest.mark.parametrize("harm", [_garble, _list, _empty, _deep])
@pytest.mark.parametrize("command", ["status", "forecast", "export"])
@pytest.mark.parametrize("name", ["ledger.json", "recipe.yaml"])
def test_a_damaged_record_of_the_run_is_one_line(run, command, name, harm):
    harm(run / name)
    answer = _iwsi(command, run)
    assert answer.exit_code == 2, answer.output
    [line] = answer.stderr.splitlines()
    assert name in line
    assert "internal error" not in line


@pytest.mark.parametrize("command", ["status", "export", "forecast"])
@pytest.mark.parametrize("name", ["ledger.json", "round-1/test.parquet", "data/test.parquet"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(run, command, name):
    _pipe(run / name)
    answer = _iwsi(command, run)
    assert answer.exit_code == 2, answer.output
    [line] = answer.stderr.splitlines()
    assert f"{run / name}: a named pipe; expected a file of the run. Remove it" in line


@pytest.mark.parametrize("harm", [_garble, _list, _remove, _pipe, _deep])
@pytest.mark.parametrize(
    "name",
    [
        "ledger.json",
        "recipe.yaml",
        "summary.json",
        "round-0/test.parquet",
        "round-1/selection.parquet",
        "round-1/funnel.json",
        "round-1/gate.json",
        "data/validation.parquet",
        "round-1/adapter/train_metrics.jsonl",
    ],
)
@pytest.mark.parametrize("command", ["report", "show"])
def test_a_report_shows_the_rest(run, command, name, harm):
    harm(run / name)
    answer = _iwsi(command, run)
    assert answer.exit_code == 0, answer.output
    assert "internal error" not in answer.stderr
    if name.endswith(".parquet") and harm is not _remove:
        assert "warning: " in answer.stderr
        state = "is a named pipe" if harm is _pipe else "cannot be read"
        assert f"{name} {state}" in answer.stderr


@pytest.mark.parametrize("command", ["status", "report", "show", "export"])
@pytest.mark.parametrize("gone", ["logs", "round-1/samples/00001.parquet", "round-1/samples"])
def test_what_a_command_does_not_read_may_be_gone(run, command, gone):
    _remove(run / gone)
    answer = _iwsi(command, run)
    if command == "export":  # the tokenizer is read, which this run's recipe has
        assert "internal error" not in answer.stderr, answer.stderr
    else:
        assert answer.exit_code == 0, answer.stderr


def test_a_fault_of_ours_stays_one_where_no_file_is_damaged(run):
    with pytest.raises(ZeroDivisionError), explaining_damage(run):
        raise ZeroDivisionError


@pytest.mark.parametrize("path", ["../precious", "/etc/hostname", "data/../../precious"])
def test_a_ledger_that_names_files_outside_of_the_run_is_refused(run, path):
    content = json.loads((run / "ledger.json").read_text())
    content["stages"]["prepare"]["outputs"][path] = "0"
    (run / "ledger.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match="outside of the run directory"):
        Ledger(run)
