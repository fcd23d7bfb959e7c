import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
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


def test_select_writes_items_with_their_probability(scores: str, tmp_path: Path) -> None:
    out = str(tmp_path / "items.json")
    result = _run("select", scores, "--budget", "0.1", *DRAW, "--seed", "3", "--out", out)
    assert result.exit_code == 0
    assert result.stdout == f"6 items drawn by random_sampling: {out}\n"
    record = json.loads(Path(out).read_text())
    assert {name: record[name] for name in ("design", "seed", "budget")} == {
        "design": "random_sampling",
        "seed": 3,
        "budget": 6,
    }
    assert len({item["item"] for item in record["items"]}) == 6
    assert all((item["probability"], item["stage"]) == (0.1, 0) for item in record["items"])


def test_select_is_settled_by_its_seed(scores: str) -> None:
    first, again, other = (
        _json("select", scores, "--budget", "9", *DRAW, "--seed", seed)["items"]
        for seed in ("1", "1", "2")
    )
    assert first == again
    assert first != other


def test_select_prints_a_line_an_item(scores: str) -> None:
    lines = _run("select", scores, "--budget", "4").stdout.splitlines()
    assert lines[0] == "item\tprobability\tstage"
    assert len(lines) == 5


def test_more_than_all_items_are_refused(scores: str) -> None:
    for command in (["select", scores, *DRAW], ["plan", scores]):
        result = _run(*command, "--budget", "999")
        assert result.exit_code == 2
        assert "999 items; expected at most the 60" in result.stderr
    assert len(_json("select", scores, "--budget", "60", *DRAW)["items"]) == 60


def test_the_first_stage_of_an_adaptive_design_says_what_comes_next(scores: str) -> None:
    result = _run("select", scores, "--budget", "10", "--design", "two_stages")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1 + 5
    assert "these are the first 5 of 10" in result.stderr
    assert "eval-predict next --design two_stages" in result.stderr


def test_next_draws_no_more_than_is_left(scores: str, tmp_path: Path) -> None:
    out = str(tmp_path / "0.json")
    _run("select", scores, "--budget", "58", *DRAW, "--out", out)
    _fill(out, scores)
    result = _json("next", scores, "--observed", out, "--design", "two_stages", "--batch", "10")
    assert len(result["items"]) == 2
    assert result["warnings"] == ["only 2 items are left"]
    _run("select", scores, "--budget", "60", *DRAW, "--out", out)
    _fill(out, scores)
    done = _run("next", scores, "--observed", out, "--design", "two_stages")
    assert (done.exit_code, done.stdout) == (0, "done\n")


def test_next_runs_through_the_stages_of_a_budget(scores: str, tmp_path: Path) -> None:
    out = str(tmp_path / "0.json")
    _run("select", scores, "--budget", "12", "--design", "two_stages", "--out", out)
    _fill(out, scores)
    options = ["next", scores, "--observed", out, "--design", "two_stages", "--budget"]
    assert len(_json(*options, "12")["items"]) == 6
    assert _json(*options, "6") == {"done": True, "observed": 6, "items": []}


def test_select_lists_its_items_in_no_order_of_difficulty(scores: str) -> None:
    matrix = read_matrix(scores)
    place = {item: position for position, item in enumerate(matrix.items)}
    orders = []
    for seed in range(30):
        items = _json("select", scores, "--budget", "20", "--seed", str(seed))["items"]
        mean_n = matrix.mean_N[[place[row["item"]] for row in items]]
        orders.append(np.corrcoef(mean_n, np.arange(20))[0, 1])
    assert abs(np.mean(orders)) < 3 / np.sqrt(30 * 19)  # three standard errors of no correlation


def test_user_errors_are_one_line(scores: str, tmp_path: Path) -> None:
    observed = tmp_path / "obs.jsonl"
    observed.write_text('{"item": "no", "score": 1}\n')
    seen = ["--observed", str(observed)]
    line = _error("select", scores, "--design", "random_samplin")
    assert 'Did you mean "random_sampling"?' in line
    for budget in ("0", "1.5", "ten", "nan", "-0.5"):
        assert _error("select", scores, f"--budget={budget}").startswith(f'--budget: "{budget}"')
    assert "one of .json, .jsonl" in _error("select", scores, "--out", str(tmp_path / "i.txt"))
    assert "no such file" in _error("select", str(tmp_path / "none.parquet"))
    assert '1 of 1 unknown: "no"' in _error("predict", scores, *seen, *METHOD)
    assert "--method" in _error("predict", scores, *seen, "--method", "autoo")
    assert _error("predict", scores, *seen, *METHOD, "--level", "95").startswith("--level: 95")
    line = _error("next", scores, *seen, *DRAW)
    assert line.startswith('--design: "random_sampling" draws all its items at once')
    assert "two_stages" in line


def test_an_error_is_one_json_object_too(scores: str) -> None:
    result = _run("select", scores, "--budget", "x", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["got"] == '"x"'


def test_a_plain_table_of_scores_fills_in_what_was_drawn(scores, tmp_path):
    drawn, table = tmp_path / "items.json", tmp_path / "all.csv"
    assert _run("select", scores, "--budget", "8", *DRAW, "--out", str(drawn)).exit_code == 0
    rows = json.loads(drawn.read_text())
    names = [row["item"] for row in (rows["items"] if isinstance(rows, dict) else rows)]
    everything = read_matrix(Path(scores)).items
    marks = {item: int(item in names[:6]) for item in everything}
    table.write_text("item,score\n" + "".join(f"{item},{mark}\n" for item, mark in marks.items()))
    for files in ((drawn, table), (table, drawn)):
        observed = [part for file in files for part in ("--observed", str(file))]
        found = _json("predict", scores, *observed, *METHOD)
        text = json.dumps(found)
        assert '"n_observed": 8' in text  # only what was drawn, and 6 of 8 are right
        assert "0.75" in text
