import csv
import json
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner
from worlds import TwoStageDesign, rasch_world

from eval_predict import METHODS, Method, write_matrix
from eval_predict.cli import app
from eval_predict.commands.bench import bench
from eval_predict.predict.predictor import Predictor
from eval_predict.predict.sample_mean import SampleMean
from eval_predict.select.design import RandomDesign

RUNNER = CliRunner()


def _fail() -> NoReturn:
    raise RuntimeError("two\nlines")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    for name in list(METHODS):
        if name != "random_sampling":
            monkeypatch.delitem(METHODS, name)
    monkeypatch.setitem(METHODS, "two_stages", Method(TwoStageDesign, SampleMean))
    monkeypatch.setitem(METHODS, "slow_one", Method(RandomDesign, SampleMean, slow=True))
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("first", "second")):
        write_matrix(rasch_world(seed=seed), tmp_path / f"{name}.parquet")
    return ["first.parquet", "second.parquet"]


def _rows() -> list[dict[str, str]]:
    with Path("table.csv").open() as file:
        return list(csv.DictReader(file))


def test_bench_writes_a_row_a_benchmark_split_budget_and_method(files: list[str]) -> None:
    options = ["--budget", "10", "--budget", "0.5", "--repeats", "2", "--out", "table.csv"]
    result = RUNNER.invoke(app, ["bench", *files, *options])
    assert result.exit_code == 0, result.output
    rows = _rows()
    assert len(rows) == 2 * 4 * 2 * 2
    assert {row["method"] for row in rows} == {"random_sampling", "two_stages"}
    assert {row["budget"] for row in rows} == {"10", "0.5"}
    assert {row["benchmark"] for row in rows} == {"first", "second"}
    assert "two_stages" in result.stdout
    assert "32 rows: table.csv" in result.stdout
    assert not result.stderr


def test_json_holds_rows_and_summary(files: list[str]) -> None:
    options = ["--methods", "two_stages", "--split", "frontier", "--repeats", "1"]
    result = RUNNER.invoke(app, ["bench", files[0], *options, "--out", "table.csv", "--json"])
    record = json.loads(result.stdout)
    assert [row["method"] for row in record["rows"]] == ["random_sampling", "two_stages"]
    assert record["summary"][0]["mae_ratio"] == 1
    assert (record["notes"], record["failures"]) == ([], [])


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("fast", ["random_sampling", "two_stages"]),
        ("all", ["random_sampling", "two_stages", "slow_one"]),
        ("slow_one", ["random_sampling", "slow_one"]),
        ("fast, slow_one", ["random_sampling", "two_stages", "slow_one"]),
    ],
)
def test_methods_are_named_or_all_of_a_kind(
    files: list[str], methods: str, expected: list[str]
) -> None:
    options = ["--split", "frontier", "--repeats", "1", "--out", "table.csv"]
    RUNNER.invoke(app, ["bench", files[0], "--methods", methods, *options])
    assert [row["method"] for row in _rows()] == expected


def test_a_failing_method_costs_its_rows_and_the_exit_code(
    files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: partial[Predictor] = partial(_fail)
    monkeypatch.setitem(METHODS, "broken", Method(RandomDesign, broken))
    options = ["--split", "frontier", "--repeats", "1", "--out", "table.csv"]
    result = RUNNER.invoke(app, ["bench", files[0], *options])
    assert result.exit_code == 1
    assert len(_rows()) == 2
    assert result.stderr == "first, frontier: broken failed: RuntimeError: two lines\n"
    debugged = RUNNER.invoke(app, ["bench", files[0], *options, "--debug"])
    assert debugged.exit_code == 1
    assert "Traceback" in debugged.stderr


def test_what_is_left_out_is_said(files: list[str]) -> None:
    write_matrix(rasch_world(4), "tiny.parquet")
    options = ["--split", "frontier", "--out", "table.csv"]
    result = RUNNER.invoke(app, ["bench", "tiny.parquet", *options])
    assert result.exit_code == 0
    assert result.stderr.startswith("tiny, frontier: left out: 4 models")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--methods", "two_stage"], 'Did you mean "two_stages"?'),
        (["--split", "frontir"], 'Did you mean "frontier"?'),
        (["--budget", "none"], '--budget: "none"'),
        (["first.parquet"], 'two benchmarks named "first"'),
        (["--out", "no/folder.csv"], "no such folder"),
    ],
)
def test_user_errors_are_one_line(files: list[str], arguments: list[str], fault: str) -> None:
    result = RUNNER.invoke(app, ["bench", files[0], "--out", "table.csv", *arguments])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert fault in result.stderr


def test_a_terminal_sees_a_bar(
    files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    bench([Path(files[0])], Path("table.csv"), split="frontier", repeats=1)
    assert "%" in capsys.readouterr().err
