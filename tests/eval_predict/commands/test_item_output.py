import json
from pathlib import Path
from typing import Any

import pytest
from log_shapes import DATE, Shape, lm_sample, write
from typer.testing import CliRunner
from worlds import TwoStageDesign, rasch_world

from eval_predict import METHODS, Method, ScoreMatrix, read_matrix, write_matrix
from eval_predict.cli import app
from eval_predict.predict.sample_mean import SampleMean

RUNNER = CliRunner()


DRAW = ["--design", "random_sampling"]


METHOD = ["--method", "random_sampling"]


@pytest.fixture
def scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(METHODS, "two_stages", Method(TwoStageDesign, SampleMean))
    write_matrix(rasch_world(), tmp_path / "scores.parquet")
    return str(tmp_path / "scores.parquet")


def _run(*arguments: str) -> Any:
    return RUNNER.invoke(app, list(arguments))


def _json(*arguments: str) -> Any:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _error(*arguments: str) -> str:
    result = _run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert not result.stdout
    return result.stderr


def _fill(file: str, scores: str, model: int = 0) -> None:
    """Run the items: the scores of one model of the history stand in for a new one's."""
    matrix: ScoreMatrix = read_matrix(scores)
    record = json.loads(Path(file).read_text())
    for item in record["items"]:
        position = matrix.items.index(item["item"])
        item["score"] = float(matrix.dense_MN()[model, position])
    Path(file).write_text(json.dumps(record))


@pytest.mark.parametrize("command", ["select", "next"])
def test_an_input_is_never_overwritten(scores: str, tmp_path: Path, command: str) -> None:
    out = str(tmp_path / "0.json")
    _run("select", scores, "--budget", "6", *DRAW, "--out", out)
    _fill(out, scores)
    before = Path(out).read_bytes()
    table = str(tmp_path / "table.jsonl")
    write_matrix(read_matrix(scores), table)
    if command == "select":
        line = _error("select", table, "--budget", "6", *DRAW, "--out", table)
    else:
        line = _error(
            "next",
            scores,
            "--observed",
            out,
            "--design",
            "two_stages",
            "--batch",
            "2",
            "--out",
            out,
        )
    assert line.startswith("--out: ")
    assert "which is read" in line
    assert Path(out).read_bytes() == before


def test_items_on_lines_can_be_filled_in_and_read_again(scores: str, tmp_path: Path) -> None:
    out = tmp_path / "items.jsonl"
    _run("select", scores, "--budget", "5", *DRAW, "--out", str(out))
    rows = [{**json.loads(line), "score": 1} for line in out.read_text().splitlines()]
    out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert _json("predict", scores, "--observed", str(out), *METHOD)["n_observed"] == 5


def test_items_are_printed_as_tools_take_them(tmp_path: Path) -> None:
    for model in "abcdefgh":
        for task in ("arc", "gsm8k"):
            records = [lm_sample(doc, acc=float(doc % 3 == 0)) for doc in range(4)]
            write(tmp_path, Shape(f"org__{model}/samples_{task}_{DATE}.jsonl", records))
    options = ("--budget", "8", "--design", "random_sampling", "--format")
    samples = json.loads(_run("select", str(tmp_path), *options, "lm-eval").stdout)
    assert samples == {"arc": [0, 1, 2, 3], "gsm8k": [0, 1, 2, 3]}
    lines = _run("select", str(tmp_path), "--task", "arc", *options[:1], "2", *options[2:], "ids")
    assert set(lines.stdout.split()) <= set("0123")
    assert len(lines.stdout.split()) == 2
    ids = _run("select", str(tmp_path), "--task", "arc", *options[:1], "4", *options[2:], "inspect")
    assert sorted(ids.stdout.strip().split(",")) == ["0", "1", "2", "3"]
    assert '--format: "lm_eval"' in _error("select", str(tmp_path), *options, "lm_eval")


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_draw_that_has_been_scored_is_not_drawn_over(scores, tmp_path, suffix):
    out = tmp_path / f"items.{suffix}"
    select = ("select", scores, "--budget", "5", *DRAW, "--out", str(out))
    assert _run(*select).exit_code == 0
    assert _run(*select).exit_code == 0  # nothing has been scored yet
    out.write_text(out.read_text().replace('"item":', '"score": 1, "item":', 1))
    assert "holds 1 scores" in _error(*select)
