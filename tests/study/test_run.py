"""A small study on the real model, killed and begun again, against a run of its own."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT

from iwsi.files import read_table
from iwsi.rounds.ledger import Ledger

IWSI = [sys.executable, "-c", "from iwsi.cli import main; main()"]
# Rows with labels, so that correctness is known.
LABELLED = f"task.train.path={ROOT / 'recipes' / 'tiny_arith' / 'validation.jsonl'}"
FILTERS = ("lmsi", "iwsi", "iwsi_weighted")


def _command(recipe_file, root, out, filters=FILTERS):
    study = [*IWSI, "study", str(recipe_file), LABELLED, "--seeds", "1", "--out", str(out)]
    return [*study, "--filters", ",".join(filters), "--run-dir", str(root), "--json"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@pytest.fixture
def done(place, recipe_file):
    """The folder of a study that was killed in its first training and then begun again."""
    if not (place / "summary.json").exists():
        (place / "small.yaml").write_text(recipe_file.read_text())
        command = _command(place / "small.yaml", place / "runs", place / "out.csv")
        first = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        log = place / "runs" / "seed-0" / "lmsi" / "logs" / "run.jsonl"
        deadline = time.monotonic() + 300
        while not _has_begun(log, "round-1/train") and time.monotonic() < deadline:
            time.sleep(0.1)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        second = subprocess.run(command, capture_output=True, text=True, timeout=900)
        assert second.returncode == 0, second.stderr
        (place / "stderr").write_text(second.stderr)
        (place / "summary.json").write_text(second.stdout)
    return place


def _has_begun(log, stage):
    return log.exists() and f'"{stage} begins"' in log.read_text()


def _summary(place):
    return json.loads((place / "summary.json").read_text())


def test_a_killed_study_goes_on_with_what_it_has(done):
    begun = (done / "stderr").read_text()
    assert "round-1/train" in begun
    assert "round-1/sample" not in begun


def test_each_stage_is_done_once_for_all_arms_that_it_is_the_same_for(done):
    entries = {name: Ledger(done / "runs" / "seed-0" / name).entries for name in FILTERS}
    for stage in ("prepare", "round-0/test", "round-1/sample", "round-1/vote"):
        assert entries["lmsi"][stage] == entries["iwsi"][stage] == entries["iwsi_weighted"][stage]
    assert entries["iwsi"]["round-1/weigh"] == entries["iwsi_weighted"]["round-1/weigh"]
    assert "round-1/weigh" not in entries["lmsi"]
    sample = [done / "runs" / "seed-0" / name / "data" / "train.parquet" for name in FILTERS]
    assert len({path.stat().st_ino for path in sample}) == 1
    begun = (done / "stderr").read_text()
    assert begun.count("round-1/weigh    done") == 1
    assert begun.count("round-1/train    done") == 3


def test_the_table_has_a_row_each_arm_and_the_summary_their_difference(done):
    with (done / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["filter"] for row in rows] == list(FILTERS)
    result = _summary(done)
    for row, arm in zip(rows, result["arms"], strict=True):
        assert float(row["accuracy"]) == arm["accuracy"]["value"]
        root = done / "runs" / "seed-0" / row["filter"] / "round-1"
        scores = read_table(root / "test.parquet")["score"].to_pylist()
        assert float(row["accuracy"]) == pytest.approx(sum(scores) / 20)
        kept = read_table(root / "selection.parquet")["keep"].to_pylist()
        assert int(row["kept"]) == sum(kept)
    lmsi, iwsi, _ = result["arms"]
    gain = iwsi["accuracy"]["value"] - lmsi["accuracy"]["value"]
    assert iwsi["over_lmsi"]["value"] == pytest.approx(gain)


def test_correlations_are_over_the_voted_candidates_of_the_run(done):
    result = _summary(done)["orthogonality"]
    [seed] = result["seeds"]
    table = read_table(done / "runs" / "seed-0" / "iwsi" / "round-1" / "selection.parquet")
    assert seed["candidates"] == sum(table["agrees"].to_pylist())
    for side in ("vote_entropy", "correct"):
        if seed[side] is not None:
            assert seed[side]["low"] <= seed[side]["value"] <= seed[side]["high"]
            assert result["mean"][side]["value"] == seed[side]["value"]


def test_an_arm_is_what_a_run_of_its_own_makes(done, tmp_path):
    alone = ["rounds=1", "forecast=null", "gate=null", "filter.method=iwsi", "seed=0"]
    command = [*IWSI, "run", str(done / "small.yaml"), LABELLED, *alone]
    command += ["--run-dir", str(tmp_path / "run"), "--until", "train"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert finished.returncode == 0, finished.stderr
    for name in ("selection.parquet", "adapter/adapter_model.safetensors"):
        ours = done / "runs" / "seed-0" / "iwsi" / "round-1" / name
        assert ours.read_bytes() == (tmp_path / "run" / "round-1" / name).read_bytes()


def test_a_second_start_runs_nothing(done):
    command = _command(done / "small.yaml", done / "runs", done / "out.csv")
    again = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert json.loads(again.stdout) == _summary(done)
    assert "done in" not in again.stderr
