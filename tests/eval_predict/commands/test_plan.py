import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import eval_predict.cli
from eval_predict import ScoreMatrix, write_matrix


@pytest.fixture
def scores(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    ability_M, difficulty_N = np.linspace(-2, 2, 12), rng.normal(0, 1, 120)
    probability_MN = 1 / (1 + np.exp(difficulty_N - ability_M[:, None]))
    scores_MN = (rng.random((12, 120)) < probability_MN).astype(float)
    scores_MN[:, 0] = 0
    file = tmp_path / "scores.parquet"
    write_matrix(ScoreMatrix.from_array(scores_MN, [f"m{number}" for number in range(12)]), file)
    return str(file)


def _run(*arguments: str) -> Any:
    result = CliRunner().invoke(eval_predict.cli.app, list(arguments))
    assert result.exit_code == 0, result.output
    return result


def _json(*arguments: str) -> Any:
    return json.loads(_run(*arguments, "--json").stdout)


def test_a_plan_says_items_width_and_cost(scores: str) -> None:
    plan = _json("plan", scores, "--detect", "10", "--paired", "--cost", "0.5")
    assert plan["detectable"] <= 10
    assert plan["cost"] == 0.5 * plan["items"]
    alone = _json("plan", scores, "--detect", "10")
    assert alone["items"] >= plan["items"]
    budget = _json("plan", scores, "--budget", "60")
    assert (budget["items"], budget["of"], budget["unit"]) == (60, 120, "points")
    narrow = _json("plan", scores, "--half-width", str(budget["half_width"]))
    assert narrow["items"] == 60
    default = _run("plan", scores)
    assert "50 of 120 items" in default.stdout
    assert "chosen: 50 items (choose with --budget, --detect or --half-width)" in default.stderr
    assert budget["assumed"] == []


def test_a_method_is_measured_on_the_history(scores: str) -> None:
    plan = _json("plan", scores, "--budget", "20", "--method", "aipw")
    assert 0 < plan["error_ratio"] < 2
    error = CliRunner().invoke(
        eval_predict.cli.app, ["plan", scores, "--method", "aipw", "--paired"]
    )
    assert error.exit_code == 2
    assert "one of both" in error.stderr
