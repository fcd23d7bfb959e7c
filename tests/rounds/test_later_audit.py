"""The audit of a run on the demo's model: labelled rows sampled, voted and judged."""

import json
import subprocess
import sys

import pytest
from conftest import small_recipe

from iwsi.files import read_table

IWSI = [sys.executable, "-c", "from iwsi.cli import main; main()"]
OVERRIDES = ["audit={rows: 60}", "task.validation.size=80", "filter={method: auto, keep: 0.5}"]


def iwsi(*arguments):
    return subprocess.run(
        [*IWSI, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    recipe, run = small_recipe(folder), folder / "run"
    done = iwsi("audit", recipe, *OVERRIDES, "--run-dir", run, "--json")
    assert done.returncode == 0, done.stderr
    return recipe, run, json.loads(done.stdout)


def test_the_audit_alone_samples_no_question_and_tests_nothing(audited):
    _, run, _ = audited
    stages = set(json.loads((run / "ledger.json").read_text())["stages"])
    assert stages == {"prepare", "round-1/audit_sample", "round-1/audit_losses", "round-1/audit"}


def test_as_many_labelled_rows_are_drawn_as_the_recipe_says(audited):
    _, run, result = audited
    labelled = read_table(run / "data" / "validation.parquet")["question_id"].to_pylist()
    sampled = read_table(run / "round-1" / "labelled_samples")["question_id"].to_pylist()
    drawn = list(dict.fromkeys(sampled))
    assert len(drawn) == result["report"]["rows"] == 60
    assert set(drawn) < set(labelled)
    assert drawn != labelled[:60]  # a file may be sorted by its labels
    losses = read_table(run / "round-1" / "labelled_losses.parquet")
    assert losses["question_id"].to_pylist() == drawn


def test_every_score_has_an_auc_with_an_interval(audited):
    scores = {score["name"]: score["auc"] for score in audited[2]["report"]["scores"]}
    assert {"vote_share", "low_loss", "ds_weight_sequence", "ds_weight_completion"} <= set(scores)
    assert all(auc["low"] <= auc["value"] <= auc["high"] for auc in scores.values())


def test_an_audit_of_a_run_takes_no_new_sampling(audited):
    """Counted by what the run's log says that was done, and by the samples' files."""
    _, run, result = audited
    before = _samplings(run)
    again = iwsi("audit", run, "--json")
    assert json.loads(again.stdout) == result
    assert _samplings(run) == before
    assert before[0] == 1


def _samplings(run):
    """How often labelled rows were sampled, and when their files were written."""
    events = [json.loads(line) for line in (run / "logs" / "run.jsonl").read_text().splitlines()]
    ended = [e for e in events if e.get("event") == "end" and "audit_sample" in str(e)]
    shards = sorted((run / "round-1" / "labelled_samples").iterdir())
    return len(ended), [shard.stat().st_mtime_ns for shard in shards]


def test_a_run_that_was_audited_goes_on_and_drops_with_a_probability(audited):
    recipe, run, _ = audited
    assert iwsi("run", recipe, *OVERRIDES, "--run-dir", run, "--until", "select").returncode == 0
    selection = read_table(run / "round-1" / "selection.parquet").to_pylist()
    dropped = [row["score"] for row in selection if row["reason"] == "low_probability"]
    kept = [row["score"] for row in selection if row["keep"]]
    assert dropped
    assert max(dropped) <= min(kept)
    assert all(0 < score < 1 for score in kept)


def test_a_run_without_an_audit_says_how_to_have_one(audited, tmp_path):
    recipe, _, _ = audited
    done = iwsi("audit", recipe, "--run-dir", tmp_path / "run")
    assert done.returncode == 2
    assert "turns the audit off" in done.stderr
