import json

from report.run_directories import write_run
from typer.testing import CliRunner

from iwsi.cli import app


def _iwsi(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_report_lies_in_the_run_unless_out_names_a_place(tmp_path):
    root = write_run(tmp_path / "run")
    assert _iwsi("report", root).exit_code == 0
    assert (root / "report.html").read_text().startswith("<!doctype html>")
    answer = _iwsi("report", root, "--out", tmp_path / "deep" / "page.html", "--json")
    assert json.loads(answer.stdout) == {
        "report": str(tmp_path / "deep" / "page.html"),
        "problems": [],
    }


def test_a_folder_is_no_place_for_a_report(tmp_path):
    answer = _iwsi("report", write_run(tmp_path / "run"), "--out", tmp_path)
    assert answer.exit_code == 2
    assert "a folder; expected a file" in answer.stderr
