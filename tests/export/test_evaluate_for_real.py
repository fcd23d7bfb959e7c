"""`iwsi evaluate` with the real harness, where it is installed (pip install lm_eval)."""

import importlib.util
import json

import pytest
import torch
from conftest import MODEL, ROOT
from report.run_directories import write_run
from typer.testing import CliRunner

from iwsi.cli import app
from iwsi.models import load_weights
from iwsi.recipe import Model
from iwsi.recipe.load import dump_recipe, load_recipe
from iwsi.rounds import ledger

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("lm_eval") is None, reason="lm_eval is not installed"
    ),
]

TASK = """task: sums
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "Question: {{{{q}}}}\\nAnswer: The answer is"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: gold
metric_list:
  - {{metric: acc, aggregation: mean, higher_is_better: true}}
"""


def test_the_harness_loads_base_and_adapter(tmp_path, monkeypatch):
    from peft import LoraConfig, get_peft_model

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    root = write_run(tmp_path / "run")
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", ["rounds=1", "gate=null"])
    (root / "recipe.yaml").write_text(dump_recipe(recipe))
    entry = {"digest": "0", "outputs": {}, "seconds": 1.0, "startup_seconds": 0.0, "startup": {}}
    entry["info"] = {"trained": 15, "too_long": 0}
    names = ("round-0/test", "round-1/select", "round-1/train", "round-1/test")
    stages = {"format": ledger.FORMAT, "inputs": {}, "stages": dict.fromkeys(names, entry)}
    (root / "ledger.json").write_text(json.dumps(stages))
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    adapter = get_peft_model(load_weights(Model(name=str(MODEL))), config)
    adapter.save_pretrained(str(root / "round-1" / "adapter"))
    data = tmp_path / "sums.jsonl"
    rows = [{"q": f"{n} and 1?", "choices": [str(n + 1), str(n)], "gold": 0} for n in range(12)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "sums.yaml").write_text(TASK.format(data=data))
    command = ["evaluate", str(root), "--tasks", "sums", "--limit", "10", "--json"]
    command += ["--include-path", str(tmp_path / "tasks")]
    first = CliRunner().invoke(app, command)
    assert first.exit_code == 0, first.output
    record = json.loads(first.stdout)
    assert record["ran"] == ["sums/base", "sums/round-1"]
    assert record["tasks"][0]["difference"]["n_observed"] == 10
    assert json.loads(CliRunner().invoke(app, command).stdout)["ran"] == []
