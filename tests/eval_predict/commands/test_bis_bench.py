import csv

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


def test_bench_writes_every_method_beside_the_truth(folders):
    result = _run("bis-bench", "short", "long", "--out", "t.csv", "--seeds", "2", *PLAIN)
    assert result.exit_code == 0, result.output
    with (folders / "t.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 2 * 3 * 6
    assert {row["seed"] for row in rows} == {"0", "1"}
    assert "source_mean" in result.stdout


def test_bench_distinguishes_settings(folders):
    result = _run("bis-bench", "short", "long", "--out", "t.csv", "--observed", "0,20", *PLAIN)
    assert result.exit_code == 0, result.output
    for method in ("auto[observed=0]", "auto[observed=20]", "items_mean[observed=20]"):
        assert method in result.stdout


def test_bench_mistakes_are_one_line(folders):
    for arguments, message in (
        (["short"], "two, or one and --shift"),
        (["short", "short"], "two benchmarks named"),
        (["short", "long", "--shift", "width"], "length, cluster, none"),
        (["short", "long", "--pca", "x"], "--pca"),
        (["short", "long", "--density", "none"], "density"),
    ):
        result = _run("bis-bench", *arguments, "--out", "t.csv", *PLAIN)
        assert result.exit_code == 2
        assert message in result.stderr
