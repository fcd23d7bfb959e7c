import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from log_shapes import DATE, Shape, lm_sample, write
from typer.testing import CliRunner
from worlds import TwoStageDesign, rasch_world

from eval_predict import METHODS, Method, ScoreMatrix, read_matrix, read_observed, write_matrix
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


def test_items_go_round_from_select_over_next_to_predict(scores: str, tmp_path: Path) -> None:
    first, second = str(tmp_path / "0.json"), str(tmp_path / "1.json")
    design = ["--design", "two_stages"]
    _run("select", scores, "--budget", "10", *design, "--out", first)
    _fill(first, scores)
    result = _json("next", scores, "--observed", first, "--batch", "7", *design, "--out", second)
    assert [item["stage"] for item in result["items"]] == [1] * 7
    before = {item["item"] for item in json.loads(Path(first).read_text())["items"]}
    assert not before & {item["item"] for item in result["items"]}
    _fill(second, scores)
    observed = ["--observed", first, "--observed", second]
    estimate = _json("predict", scores, *observed, *METHOD, "--level", "0.9")
    rows = [row for file in (first, second) for row in json.loads(Path(file).read_text())["items"]]
    assert estimate["value"] == pytest.approx(np.mean([row["score"] for row in rows]))
    assert (estimate["n_observed"], estimate["level"], estimate["warnings"]) == (12, 0.9, [])
    assert estimate["low"] < estimate["value"] < estimate["high"]


def test_predict_states_what_it_had_to_assume(scores: str, tmp_path: Path) -> None:
    items = read_matrix(scores).items
    observed = tmp_path / "obs.csv"
    observed.write_text(f"model,item,score\nnew,{items[0]},1\nnew,{items[1]},0\n")
    arguments = ["predict", scores, "--observed", str(observed), *METHOD]
    (warning,) = _json(*arguments)["warnings"]
    assert warning == "no inclusion probabilities given: taken as an even random draw"
    result = _run(*arguments)
    assert "50.00" in result.stdout
    assert warning in result.stderr


def test_all_items_give_the_exact_mean_without_width(scores: str, tmp_path: Path) -> None:
    out = str(tmp_path / "items.json")
    _run("select", scores, "--budget", "1.0", *DRAW, "--out", out)
    _fill(out, scores, model=4)
    estimate = _json("predict", scores, "--observed", out, *METHOD)
    truth = read_matrix(scores).mean_M[4]
    assert (estimate["low"], estimate["value"], estimate["high"]) == pytest.approx([truth] * 3)


def test_predict_says_what_it_read_and_what_looks_wrong(scores: str, tmp_path: Path) -> None:
    matrix = read_matrix(scores)
    easiest = np.argsort(-matrix.mean_N)[:15]
    observed = tmp_path / "obs.jsonl"
    rows = [{"item": matrix.items[position], "score": 1} for position in easiest]
    observed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ["predict", scores, "--observed", str(observed)]
    estimate = _json(*arguments)
    assert estimate["read"] == "24 models × 60 items, none missing"
    assert "not a random draw" in estimate["warnings"][0]
    # 15 are right, and nothing is known of the other 45.
    assert (estimate["low"], estimate["high"]) == (0.25, 1)
    assert "read: 24 models × 60 items, none missing, score" in _run(*arguments).stderr


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_the_wrong_rows_cannot_be_dropped_from_a_draw(
    scores: str, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"items{suffix}"
    _run("select", scores, "--budget", "30", "--out", str(out))
    rows = _rows(out)
    for position, row in enumerate(rows):
        row["score"] = 0 if position in (4, 9, 20) else 1
    arguments = ["predict", scores, "--observed", str(tmp_path / "right.jsonl")]
    _write_rows(tmp_path / "right.jsonl", [row for row in rows if row["score"]])
    line = _error(*arguments)
    assert "3 of the 30 items of draw 0 are missing" in line
    assert "drop" not in line
    for row in rows[12:]:
        row["score"] = None  # stopped after 12, in the order of the file
    _write_rows(tmp_path / "right.jsonl", rows)
    estimate = _json(*arguments)
    assert estimate["n_observed"] == 12
    assert estimate["warnings"][0] == "the first 12 of 30 items of draw 0 were run"


def _rows(file: Path) -> list[dict[str, Any]]:
    text = file.read_text()
    if file.suffix == ".json":
        return json.loads(text)["items"]
    return [json.loads(line) for line in text.splitlines()]


def _write_rows(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_a_log_of_the_selected_items_is_enough_to_predict(tmp_path: Path) -> None:
    history, new = tmp_path / "history", tmp_path / "new"
    for number, model in enumerate("abcdefgh"):
        records = [lm_sample(doc, acc=float(doc > number)) for doc in range(20)]
        write(history, Shape(f"org__{model}/samples_arc_{DATE}.jsonl", records))
    items = str(tmp_path / "items.json")
    draw = ("--budget", "5", "--design", "random_sampling", "--out", items)
    samples = json.loads(_run("select", str(history), *draw, "--format", "lm-eval").stdout)
    records = [lm_sample(doc, acc=1.0) for doc in samples["arc"]]
    write(new, Shape(f"org__new/samples_arc_{DATE}.jsonl", records))
    method = ("--method", "random_sampling")
    both = ("predict", str(history), "--observed", items, "--observed", str(new), *method)
    estimate = _json(*both)
    assert (estimate["value"], estimate["n_observed"]) == (1.0, 5)
    assert not any("no inclusion probabilities" in text for text in estimate["warnings"])
    alone = _json("predict", str(history), "--observed", str(new), *method)
    assert alone["value"] == 1.0
    assert any("no inclusion probabilities" in text for text in alone["warnings"])


def test_a_log_of_one_task_is_matched_with_a_history_of_several(tmp_path: Path) -> None:
    for model in "abcdefgh":
        for task in ("arc", "gsm8k"):
            records = [lm_sample(doc, acc=float(doc % 3 == 0)) for doc in range(6)]
            write(tmp_path / "runs", Shape(f"{model}/samples_{task}_{DATE}.jsonl", records))
    records = [lm_sample(doc, acc=1.0) for doc in (1, 4)]
    write(tmp_path / "new", Shape(f"n/samples_gsm8k_{DATE}.jsonl", records))
    history = read_matrix(tmp_path / "runs")
    observed = read_observed(tmp_path / "new", history).observed
    assert [history.items[k] for k in observed.items_Tn[0]] == ["gsm8k/1", "gsm8k/4"]


def test_a_log_of_another_task_with_the_same_numbers_is_noticed(tmp_path: Path) -> None:
    for model in "abcdefgh":
        records = [lm_sample(doc, acc=1.0) for doc in range(6)]
        write(tmp_path / "runs", Shape(f"{model}/samples_arc_{DATE}.jsonl", records))
    history = read_matrix(tmp_path / "runs")
    for name, text, noticed in (("same", "chat: Q: q1 now", False), ("other", "Who?", True)):
        arguments = {"gen_args_0": {"arg_0": text, "arg_1": {}}}
        records = [{**lm_sample(1, acc=1.0), "arguments": arguments}]
        write(tmp_path / name, Shape(f"n/samples_gsm8k_{DATE}.jsonl", records))
        warnings = read_observed(tmp_path / name, history).warnings
        assert any("is it the same task" in text for text in warnings) is noticed
