"""The commands of docs/logs.md run, on small logs in the harness's real shape."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from log_shapes import DATE, Shape, lm_sample, write
from typer.testing import CliRunner

import eval_predict.cli
from eval_predict.data.readers.registry import readers

PAGE = ROOT / "docs" / "logs.md"
MODELS, ITEMS = 24, 100


def write_history(folder: Path) -> np.ndarray:
    """Logs of 24 models on 100 documents; the last row are the new model's answers."""
    rng = np.random.default_rng(0)
    ability_M, difficulty_N = np.linspace(-1.5, 2, MODELS + 1), rng.normal(0, 1, ITEMS)
    probability_MN = 1 / (1 + np.exp(difficulty_N - ability_M[:, None]))
    scores_MN = (rng.random(probability_MN.shape) < probability_MN).astype(float)
    for model in range(MODELS):
        records = [lm_sample(doc, acc=score) for doc, score in enumerate(scores_MN[model])]
        write(folder, Shape(f"org__m{model}/samples_arc_easy_{DATE}.jsonl", records))
    return scores_MN


def write_new(folder: Path, samples: dict[str, list[int]], scores_N: np.ndarray) -> None:
    """What the harness would log of the new model on some documents."""
    for task, documents in samples.items():
        records = [lm_sample(doc, acc=scores_N[doc]) for doc in documents]
        write(folder, Shape(f"org__new/samples_{task}_{DATE}.jsonl", records))


def _commands(page: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_the_page_is_a_tutorial_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores_MN = write_history(tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    outputs = {}
    for line in _commands(PAGE):
        if line.startswith(("pip install", "iwsi evaluate")):  # run by tests/export
            continue
        if line.startswith("lm_eval"):
            write_new(Path("new"), json.loads(Path("samples.json").read_text()), scores_MN[-1])
            continue
        command, _, target = line.partition(" > ")
        result = CliRunner().invoke(eval_predict.cli.app, shlex.split(command)[1:])
        assert result.exit_code == 0, (line, result.output)
        if target:
            Path(target.strip()).write_text(result.stdout)
        outputs[line] = result
    predicted = CliRunner().invoke(
        eval_predict.cli.app,
        ["predict", "runs", "--observed", "items.json", "--observed", "new", "--json"],
    )
    estimate = json.loads(predicted.stdout)
    assert estimate["n_observed"] == 30
    assert estimate["low"] <= scores_MN[-1].mean() <= estimate["high"]


def test_the_page_names_every_tool() -> None:
    page = PAGE.read_text(encoding="utf-8")
    tools = [reader.NAME for reader in readers()[:-2]]
    assert [tool for tool in tools if tool.split(" (")[0] not in page] == []
