import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner
from worlds import rasch_world

from eval_predict import METHODS, write_matrix
from eval_predict.bench.parallel import BenchResult
from eval_predict.bench.results import BenchRow
from eval_predict.cli import app
from eval_predict.commands.bench import bench

RUNNER = CliRunner()
NUMBERS = (3.0, 3.1, 0.1, 0.95, 8.0, 9.0, None, 0.1)
ROW = BenchRow("first", "frontier", 50, "random_sampling", *NUMBERS, 10)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    # The workers know all methods; here "all" means these alone, of which p_irt is a slow one.
    for name in METHODS.keys() - {"random_sampling", "aipw", "p_irt"}:
        monkeypatch.delitem(METHODS, name)
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("first", "second")):
        write_matrix(rasch_world(seed=seed), tmp_path / f"{name}.parquet")
    return ["first.parquet", "second.parquet"]


def _rows() -> list[dict[str, str]]:
    with Path("table.csv").open() as file:
        return list(csv.DictReader(file))


def test_bench_writes_a_row_a_benchmark_split_budget_and_method(files: list[str]) -> None:
    options = ["--budget", "10", "--budget", "0.5", "--repeats", "2", "--out", "table.csv"]
    options += ["--split", "interpolation,frontier,few"]
    result = RUNNER.invoke(app, ["bench", *files, *options])
    assert result.exit_code == 0, result.output
    rows = _rows()
    assert len(rows) == 2 * 6 * 2 * 2
    assert {row["method"] for row in rows} == {"random_sampling", "aipw"}
    assert {row["budget"] for row in rows} == {"10", "0.5"}
    assert {row["benchmark"] for row in rows} == {"first", "second"}
    assert "aipw" in result.stdout
    assert "48 rows: table.csv" in result.stdout
    assert not result.stderr


def test_json_holds_rows_and_summary(files: list[str]) -> None:
    options = ["--methods", "aipw", "--split", "frontier", "--repeats", "1", "--jobs", "1"]
    result = RUNNER.invoke(app, ["bench", files[0], *options, "--out", "table.csv", "--json"])
    record = json.loads(result.stdout)
    assert [row["method"] for row in record["rows"]] == ["random_sampling", "aipw"]
    assert record["summary"][0]["mae_ratio"] == pytest.approx(1, abs=0.2)
    assert record["summary"][0]["score_ratio"] == 1
    assert (record["notes"], record["failures"]) == ([], [])


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("fast", ["random_sampling", "aipw"]),
        ("all", ["random_sampling", "aipw", "p_irt"]),
        ("p_irt", ["random_sampling", "p_irt"]),
        ("fast, p_irt", ["random_sampling", "aipw", "p_irt"]),
    ],
)
def test_methods_are_named_or_all_of_a_kind(
    files: list[str], monkeypatch: pytest.MonkeyPatch, methods: str, expected: list[str]
) -> None:
    requested: list[list[str]] = []

    def run(_: object, method_names: list[str], *__: object) -> BenchResult:
        requested.append(method_names)
        return BenchResult([ROW], [], [])

    monkeypatch.setattr("eval_predict.commands.bench.run_jobs", run)
    RUNNER.invoke(app, ["bench", files[0], "--methods", methods, "--out", "table.csv"])
    assert sorted(requested[0]) == sorted(expected)
    assert requested[0][0] == "random_sampling"


def test_failures_are_reported_in_a_line_and_by_the_exit_code(
    files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = BenchResult([ROW], [], ["first, frontier: aipw failed: RuntimeError: two\nlines"])
    monkeypatch.setattr("eval_predict.commands.bench.run_jobs", lambda *_: result)
    options = ["bench", files[0], "--out", "table.csv"]
    shown = RUNNER.invoke(app, options)
    assert shown.exit_code == 1
    assert [row["method"] for row in _rows()] == ["random_sampling"]
    assert shown.stderr == "first, frontier: aipw failed: RuntimeError: two lines\n"
    as_json = RUNNER.invoke(app, [*options, "--json"])
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["failures"] == result.failures


def test_what_is_left_out_is_reported(files: list[str]) -> None:
    write_matrix(rasch_world(4), "tiny.parquet")
    options = ["--split", "frontier", "--out", "table.csv", "--methods", "aipw", "--repeats", "1"]
    result = RUNNER.invoke(app, ["bench", "tiny.parquet", files[0], *options])
    assert result.exit_code == 0
    assert result.stderr.startswith("tiny, frontier: left out: 4 models")


def test_no_result_at_all_is_an_error(files: list[str]) -> None:
    write_matrix(rasch_world(1), "one.parquet")
    options = ["--methods", "aipw", "--repeats", "1", "--jobs", "1", "--out", "table.csv"]
    result = RUNNER.invoke(app, ["bench", "one.parquet", *options])
    assert result.exit_code == 2
    assert result.stderr.startswith("bench: no result: one, interpolation: left out")
    assert not Path("table.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--methods", "aip"], 'Did you mean "aipw"?'),
        (["--split", "frontir"], 'Did you mean "frontier"?'),
        (["--budget", "none"], '--budget: "none"'),
        (["first.parquet"], 'two benchmarks named "first"'),
        (["--out", "no/folder.csv"], "no such folder"),
        (["--out", "table.parquet"], "expected .csv"),
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
    bench([Path(files[0])], Path("table.csv"), methods="aipw", split="frontier", repeats=1, jobs=1)
    assert "%" in capsys.readouterr().err
