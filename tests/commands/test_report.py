import json

from report.run_directories import HOSTILE, write_run
from typer.testing import CliRunner

from iwsi.cli import app
from iwsi.commands.terminal import printable


def _iwsi(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_report_lies_in_the_run_unless_it_is_told_where(tmp_path):
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


def test_a_study_table_becomes_a_page(tmp_path):
    table = tmp_path / "study.csv"
    table.write_text("filter,seed,accuracy\nlmsi,0,0.5\niwsi,0,0.6\n")
    assert _iwsi("report", table).exit_code == 0
    assert "iwsi study" in (tmp_path / "report.html").read_text()


def test_samples_are_shown_without_what_steers_a_terminal(tmp_path):
    root = write_run(tmp_path / "run", texts=["\x1b[31mred\x1b[0m \u202egnp", *HOSTILE[1:]])
    answer = _iwsi("show", root, "--kept", "-n", "1")
    assert answer.exit_code == 0
    assert "\x1b" not in answer.stdout
    assert "\u202e" not in answer.stdout
    assert "red" in answer.stdout


def test_an_unknown_reason_names_those_that_there_are(tmp_path):
    answer = _iwsi("show", write_run(tmp_path / "run"), "--dropped", "tie")
    assert answer.exit_code == 2
    assert "expected one of high_ds_weight, minority_answer" in answer.stderr


def test_broken_items_are_shown_with_both_answers(tmp_path):
    answer = _iwsi("show", write_run(tmp_path / "run"), "--broken", "--json")
    (sample,) = json.loads(answer.stdout)["samples"]
    assert (sample["item"], sample["fixed"]) == ("1", False)


def test_line_breaks_and_letters_of_all_scripts_are_printable():
    assert printable("a\n\tж 漢 é") == "a\n\tж 漢 é"
