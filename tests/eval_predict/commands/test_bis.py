"""The commands: what they print, and that every mistake is one line."""

import json

import pytest
from bis_worlds import write_benchmarks
from typer.testing import CliRunner

from eval_predict.cli import app

RUNNER = CliRunner()
PLAIN = ["--embedder", "none"]


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_benchmarks(tmp_path)
    return tmp_path


def _run(*arguments):
    return RUNNER.invoke(app, [*arguments])


def test_json_holds_an_estimate_a_model_and_the_diagnostics(folders):
    result = _run("bis", "--source", "short", "--target", "long", *PLAIN, "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert set(record["estimates"]) == {"a", "b", "c"}
    assert record["estimates"]["a"]["method"] == "auto"
    assert {"ess", "top_share", "khat", "overlap", "contaminated"} <= set(record["diagnostics"])


def test_a_density_means_its_weighted_mean(folders):
    command = ["bis", "--source", "short", "--target", "long", "--model", "b", "--density", "kmm"]
    result = _run(*command, "--covariate", "loss", "--truncate", "psis", *PLAIN, "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert list(record["estimates"]) == ["b"]
    assert record["estimates"]["b"]["method"] == "kmm"


def test_table_and_target_labels(folders):
    rows = [{"model": "a", "item": f"long-{row}", "score": row % 2} for row in range(30)]
    (folders / "seen.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ["bis", "--source", "short", "--target", "long", *PLAIN, "--json"]
    plain = json.loads(_run(*command).stdout)["estimates"]
    seen = json.loads(_run(*command, "--observed", "seen.jsonl").stdout)["estimates"]
    assert seen["b"] == plain["b"]
    assert abs(seen["a"]["value"] - 0.5) < abs(plain["a"]["value"] - 0.5)
    assert seen["a"]["n_observed"] == 150
    shown = _run(*command[:-1])
    assert "effective source items" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "d"], "no scores of"),
        (["--density", "iwea"], 'Did you mean "iwae"'),
        (["--method", "best"], "source_mean"),
        (["--truncate", "2"], "--truncate"),
        (["--covariate", "lost"], 'Did you mean "loss"'),
    ],
)
def test_mistakes_are_one_line(folders, arguments, message):
    result = _run("bis", "--source", "short", "--target", "long", *PLAIN, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_source_without_any_score_is_one_line(folders):
    rows = [{"prompt": f"How many are {row}?", "score": None} for row in range(60)]
    (folders / "none.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = _run("bis", "--source", "none.jsonl", "--target", "long", *PLAIN)
    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr
    assert len(result.stderr.splitlines()) == 1
