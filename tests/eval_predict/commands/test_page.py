from conftest import assert_fault
from typer.testing import CliRunner

import eval_predict.cli
from eval_predict.bench.results import BenchRow, write_rows
from eval_predict.commands.page import read_bench_rows

BENCH = [
    BenchRow("b", split, 50.0, "auto", 2.5, 4.0, 0.1, 0.95, 9.0, 11.0, None, 0.1, 5)
    for split in ("interpolation", "frontier")
]


def _report(scores, *more):
    return CliRunner().invoke(eval_predict.cli.app, ["report", str(scores), *map(str, more)])


def test_rows_of_a_bench_are_read_as_they_were_written(tmp_path):
    write_rows(BENCH, tmp_path / "bench.csv")
    assert list(read_bench_rows(tmp_path / "bench.csv")) == BENCH


def test_a_folder_and_a_table_of_something_else_are_one_line_each(tmp_path):
    scores = tmp_path / "scores.csv"
    scores.write_text("model,item,score\na,x,1\nb,x,0\n")
    assert_fault(_report(scores, "--out", tmp_path), "--out", "a folder", "report.html")
    assert_fault(_report(scores, "--out", tmp_path / "no" / "a.html"), "in a folder that is not")
    out = ["--out", tmp_path / "page.html", "--bench"]
    assert_fault(_report(scores, *out, scores), "a table without")
    assert_fault(_report(scores, *out, tmp_path / "none.csv"), "No such file")
