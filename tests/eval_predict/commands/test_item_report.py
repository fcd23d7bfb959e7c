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


def test_items_are_listed_written_and_drawn(scores: str, tmp_path: Path) -> None:
    out, plot = tmp_path / "items.csv", tmp_path / "items.svg"
    result = _run("items", scores, "--out", str(out), "--plot", str(plot))
    assert "never_right 1" in result.stdout
    lines = out.read_text().splitlines()
    assert lines[0] == "item,models,mean,discrimination,fit,agreement,flags,duplicates"
    assert len(lines) == 121
    record = _json("items", scores)
    drawn = [item for item in record["items"] if item["discrimination"] is not None]
    assert plot.read_text().count("<circle") == len(drawn)
    assert record["items"][0]["flags"] == ["never_right"]
    assert record["items"][0]["discrimination"] is None
    error = CliRunner().invoke(eval_predict.cli.app, ["items", scores, "--out", "items.txt"])
    assert (error.exit_code, 'suffix ".txt"; expected .csv' in error.stderr) == (2, True)
