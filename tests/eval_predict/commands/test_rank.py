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


def test_ranks_come_with_intervals_and_groups(scores: str, tmp_path: Path) -> None:
    record = _json("rank", scores)
    best = record["models"][0]
    assert (best["best"], record["models"][-1]["worst"]) == (1, 12)
    assert all(row["best"] <= rank <= row["worst"] for rank, row in enumerate(record["models"], 1))
    assert any(len(group) > 1 for group in record["groups"])
    assert "Models of one group do not differ clearly." in _run("rank", scores).stdout
    observed = tmp_path / "new.jsonl"
    rows = [{"item": str(n), "score": int(n % 2 == 0), "probability": 0.25} for n in range(1, 31)]
    observed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    joint = _json("rank", scores, "--observed", str(observed), "--method", "random_sampling")
    new = joint["new"]
    assert 1 < new["best"] < new["worst"] < 13
    assert joint["models"][-1]["worst"] == 13  # of thirteen models now
    assert any("new model" in group for group in joint["groups"])
    shown = _run("rank", scores, "--observed", str(observed), "--method", "random_sampling")
    assert "new model" in shown.stdout


def test_models_are_ranked_on_the_items_that_all_have(tmp_path: Path) -> None:
    scores_MN = np.array([[1.0, 1, 0, 1], [0, 1, 0, np.nan], [np.nan] * 4])
    write_matrix(ScoreMatrix.from_array(scores_MN), tmp_path / "s.parquet")
    record = _json("rank", str(tmp_path / "s.parquet"))
    assert [row["model"] for row in record["models"]] == ["0", "1"]
    assert record["notes"] == ["ranked on the 3 items that all models have, of 4"]
