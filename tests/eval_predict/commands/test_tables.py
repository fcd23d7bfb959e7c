import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import eval_predict.cli
import eval_predict.commands.tables
from eval_predict import mean_score, paired_difference

RUNNER = CliRunner()


@pytest.fixture
def scores(tmp_path: Path) -> str:
    file = tmp_path / "scores.csv"
    rows = [
        "new,1,1",
        "new,2,1",
        "new,3,0",
        "new,4,1",
        "old,4,0",
        "old,3,0",
        "old,2,1",
        "[old],9,1",
    ]
    file.write_text("\n".join(["model,item,score", *rows]))
    return str(file)


def test_summary_gives_each_model_its_interval(scores: str) -> None:
    result = RUNNER.invoke(eval_predict.cli.app, ["summary", scores, "--level", "0.9", "--json"])
    assert result.exit_code == 0
    models = json.loads(result.stdout)["models"]
    assert [model["model"] for model in models] == ["new", "old", "[old]"]
    estimate = mean_score([1, 1, 0, 1], 0.9).to_dict()
    assert models[0] == {"model": "new", **estimate, "missing": 1}


def test_summary_table_shows_names_as_they_are(scores: str) -> None:
    result = RUNNER.invoke(eval_predict.cli.app, ["summary", scores])
    assert result.exit_code == 0
    assert "[old]" in result.stdout
    assert "75.00" in result.stdout
    assert "[old]: only one item" in result.stderr


def test_compare_takes_the_items_both_have(scores: str) -> None:
    options = ["compare", scores, "--model", "new", "--baseline", "old"]
    result = RUNNER.invoke(eval_predict.cli.app, [*options, "--json"])
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert record["items"] == {"both": 3, "model": 4, "baseline": 3}
    expected = paired_difference([1, 0, 1], [1, 0, 0]).to_dict()
    assert {name: record[name] for name in expected} == expected
    table = RUNNER.invoke(eval_predict.cli.app, options).stdout
    assert "new - old" in table
    assert "both 3, model 4, baseline 3" in table


def test_models_without_a_shared_item_are_refused(scores: str) -> None:
    options = ["compare", scores, "--model", "new", "--baseline", "[old]"]
    result = RUNNER.invoke(eval_predict.cli.app, options)
    assert result.exit_code == 2
    assert "share no item" in result.stderr


def test_repeated_samples_of_an_item_are_one_score_with_a_spread(tmp_path: Path) -> None:
    table = tmp_path / "runs.csv"
    rows = ["a,1,0,1", "a,1,1,0", "a,2,0,1", "a,2,1,1", "a,3,0,0", "a,3,1,0"]
    table.write_text("\n".join(["model,item,trial,score", *rows]) + "\n")
    result = RUNNER.invoke(eval_predict.cli.app, ["summary", str(table), "--json"])
    (model,) = json.loads(result.stdout)["models"]
    assert (model["value"], model["n_observed"]) == (pytest.approx(0.5), 3)
    # Variances 1/2, 0, 0 of two samples each.
    assert (model["repeats"], model["within_item_variance"]) == (2, pytest.approx(1 / 6))
