"""`iwsi evaluate`, by a stand-in for the harness that logs in its shape."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import MODEL, ROOT, assert_fault
from report.run_directories import write_run
from typer.testing import CliRunner

import eval_predict.cli
from iwsi.cli import app
from iwsi.recipe.load import dump_recipe, load_recipe
from iwsi.rounds import ledger

# Four documents; the base has the first right, the adapter all but the last.
HARNESS = """
import json, os, pathlib, sys, time
given = dict(zip(sys.argv[1:], sys.argv[2:]))
arguments = dict(part.split("=") for part in given["--model_args"].split(","))
task, name = given["--tasks"], arguments.get("peft", arguments["pretrained"])
if task == "slow":
    time.sleep(60)
if task == "absent":
    sys.exit("ValueError: Tasks not found: absent")
out = pathlib.Path(given["--output_path"], name.replace("/", "__"))
out.mkdir(parents=True)
right = 3 if "peft" in arguments else 1
about = {"results": {task: {}}, "model_name": name, "n-shot": {task: 0}, "config": {}}
(out / "results_2026-02-03T04-05-06.000000.json").write_text(json.dumps(about))
with open(out / f"samples_{task}_2026-02-03T04-05-06.000000.jsonl", "w") as log:
    for doc in range(int(given.get("--limit", 4))):
        record = {"doc_id": doc, "doc": {}, "resps": [["1"]], "filtered_resps": ["1"]}
        record |= {"filter": "none", "metrics": ["acc"], "acc": float(doc < right)}
        log.write(json.dumps(record) + "\\n")
print(os.getcwd())
"""


@pytest.fixture
def run(tmp_path):
    """A run of one round, as far as the command reads it."""
    root = write_run(tmp_path / "run")
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", ["rounds=1", "gate=null"])
    (root / "recipe.yaml").write_text(dump_recipe(recipe))
    entry = {"digest": "0", "outputs": {}, "seconds": 1.0, "startup_seconds": 0.0, "startup": {}}
    entry["info"] = {"trained": 15, "too_long": 0}
    names = ("round-0/test", "round-1/select", "round-1/train", "round-1/test")
    stages = {"format": ledger.FORMAT, "inputs": {}, "stages": dict.fromkeys(names, entry)}
    (root / "ledger.json").write_text(json.dumps(stages))
    (root / "round-1" / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    return root


@pytest.fixture
def harness(tmp_path, monkeypatch):
    folder = tmp_path / "packages" / "lm_eval"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(HARNESS)
    monkeypatch.syspath_prepend(str(folder.parent))
    paths = (str(folder.parent), str(ROOT), os.environ.get("PYTHONPATH", ""))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


def evaluate(run, *options):
    return CliRunner().invoke(app, ["evaluate", str(run), *options, "--json"])


def found(run, *options):
    result = evaluate(run, *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_base_and_result_are_compared_on_every_task(run, harness):
    record = found(run, "--tasks", "sums,words")
    assert record["ran"] == ["sums/base", "sums/round-1", "words/base", "words/round-1"]
    assert [row["task"] for row in record["tasks"]] == ["sums", "words"]
    row = record["tasks"][0]
    values = row["metric"], row["base"]["value"], row["result"]["value"]
    assert values == ("acc", 0.25, 0.75)
    assert row["difference"]["value"] == 0.5
    table = CliRunner().invoke(app, ["evaluate", str(run), "--tasks", "sums"])
    assert "+50.0 [" in table.stdout


def test_what_is_done_is_not_done_again(run, harness):
    found(run, "--tasks", "sums")
    record = found(run, "--tasks", "sums,words")
    assert record["kept"] == ["sums/base", "sums/round-1"]
    assert record["ran"] == ["words/base", "words/round-1"]


def test_a_failed_task_keeps_those_before_it(run, harness):
    fault = evaluate(run, "--tasks", "sums,absent")
    assert fault.exit_code == 2
    assert "Tasks not found: absent (lm_eval ended with 1)" in fault.stderr.splitlines()[-1]
    assert found(run, "--tasks", "sums")["ran"] == []


def test_other_options_or_another_adapter_are_not_taken_for_the_same(run, harness):
    found(run, "--tasks", "sums")
    assert_fault(
        evaluate(run, "--tasks", "sums", "--limit", "2"), "made with limit none", "--again"
    )
    assert (
        found(run, "--tasks", "sums", "--limit", "2", "--again")["tasks"][0]["base"]["n_observed"]
        == 2
    )
    (run / "round-1" / "adapter" / "adapter_model.safetensors").write_bytes(b"others")
    assert_fault(evaluate(run, "--tasks", "sums", "--limit", "2"), "made with adapter", "--again")


def test_the_logs_are_read_by_eval_predict(run, harness):
    found(run, "--tasks", "sums")
    result = CliRunner().invoke(
        eval_predict.cli.app, ["summary", str(run / "evaluations"), "--json"]
    )
    models = {row["model"]: row["value"] for row in json.loads(result.stdout)["models"]}
    assert models == {str(MODEL): 0.25, "round-1/adapter": 0.75}


def test_the_base_stands_alone_where_it_is_the_result(run, harness):
    record = found(run, "--tasks", "sums", "--round", "0")
    assert (record["round"], record["ran"]) == (None, ["sums/base"])
    assert record["tasks"][0]["difference"] is None


def test_what_cannot_be_evaluated_is_refused(run, harness):
    assert_fault(evaluate(run, "--tasks", ""), "--tasks", "names of tasks")
    assert_fault(evaluate(run, "--tasks", "../x"), "--tasks")
    assert_fault(evaluate(run, "--tasks", "sums", "--limit", "0"), "--limit")
    assert_fault(evaluate(run, "--tasks", "sums", "--round", "7"), "7, which has no adapter")
    assert_fault(evaluate(run, "--tasks", "sums", "--include-path", str(run / "no")), "a folder")


def test_the_harness_ends_with_the_command(run, harness):
    command = [sys.executable, "-m", "iwsi", "evaluate", str(run), "--tasks", "slow"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "slow, base: log in" in process.stderr.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert "goes on from here" in process.stderr.read()
    assert process.wait(10) == 128 + signal.SIGTERM
    assert not (run / "evaluations" / "slow").exists()
