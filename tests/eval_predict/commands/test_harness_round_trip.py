"""select, the real lm-evaluation-harness, predict: where it is installed (pip install lm_eval)."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from log_shapes import DATE, Shape, lm_sample, write
from typer.testing import CliRunner

import eval_predict.cli
from eval_predict.data.readers import read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("lm_eval") is None, reason="lm_eval is not installed"
    ),
]

TASK = """task: sums
dataset_path: json
dataset_kwargs:
  data_files:
    test: {data}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{q}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: gold
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
"""


def test_the_harness_runs_what_was_selected_and_its_log_is_predicted_from(tmp_path: Path) -> None:
    data = tmp_path / "sums.jsonl"
    questions = [{"q": f"{n}+1=", "choices": [str(n + 1), str(n)], "gold": 0} for n in range(30)]
    data.write_text("".join(json.dumps(question) + "\n" for question in questions))
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "sums.yaml").write_text(TASK.format(data=data))
    for model in range(8):
        records = [lm_sample(doc, acc=float((doc + model) % 3 > 0)) for doc in range(30)]
        write(tmp_path / "runs", Shape(f"org__m{model}/samples_sums_{DATE}.jsonl", records))
    runner = CliRunner()
    runs, items = str(tmp_path / "runs"), str(tmp_path / "items.json")
    options = ["--budget", "12", "--design", "random_sampling", "--out", items]
    selected = runner.invoke(
        eval_predict.cli.app, ["select", runs, *options, "--format", "lm-eval"]
    )
    assert selected.exit_code == 0, selected.output
    command = [sys.executable, "-m", "lm_eval", "--model", "dummy", "--tasks", "sums"]
    command += ["--include_path", str(tmp_path / "tasks"), "--log_samples"]
    command += ["--samples", selected.stdout.strip(), "--output_path", str(tmp_path / "new")]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "cache")}
    subprocess.run(command, check=True, env={**os.environ, **offline}, cwd=tmp_path, timeout=1500)
    reading = read(tmp_path / "new")
    assert [int(item) for item in reading.items] == json.loads(selected.stdout)["sums"]
    predicted = runner.invoke(
        eval_predict.cli.app,
        ["predict", runs, "--observed", items, "--observed", str(tmp_path / "new"), "--json"],
    )
    assert predicted.exit_code == 0, predicted.output
    estimate = json.loads(predicted.stdout)
    assert estimate["n_observed"] == 12
    assert not any("no inclusion probabilities" in text for text in estimate["warnings"])
