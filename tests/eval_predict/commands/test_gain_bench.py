import csv
import json
from pathlib import Path

import pytest
from gain_worlds import rounds_world
from typer.testing import CliRunner
from worlds import rasch_world

from eval_predict import ScoreMatrix, write_matrix
from eval_predict.cli import app

RUNNER = CliRunner()


@pytest.fixture
def run_file(tmp_path: Path) -> str:
    scores_RN = rounds_world([0.03, 0.03], items=100)
    names = [f"run/round-{number}" for number in range(3)]
    path = tmp_path / "run.parquet"
    write_matrix(ScoreMatrix.from_array(scores_RN, names), path)
    return str(path)


def test_it_prints_a_table_and_writes_the_rows(run_file: str, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    result = RUNNER.invoke(app, ["gain-bench", run_file, "--out", str(out)])
    assert result.exit_code == 0, result.output
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["test"], row["method"]) for row in rows} == {
        (test, method)
        for test in ("every", "final")
        for method in ("paired_sample", "paired_dr", "auto")
    }
    assert "paired_sample" in result.stdout


def test_json_holds_the_rows(run_file: str) -> None:
    result = RUNNER.invoke(app, ["gain-bench", run_file, "--worlds", "real", "--json"])
    rows = json.loads(result.stdout)["rows"]
    assert {row["rounds"] for row in rows} == {2}


def test_a_table_without_rounds_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    write_matrix(rasch_world(), path)
    result = RUNNER.invoke(app, ["gain-bench", str(path)])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
