import json

from report.run_directories import HOSTILE, write_run
from typer.testing import CliRunner

from iwsi.cli import app


def _iwsi(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


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


def test_a_run_without_candidates_has_none_to_show(tmp_path):
    root = write_run(tmp_path / "run")
    (root / "round-1" / "selection.parquet").unlink()
    assert _iwsi("show", root, "--kept").stdout == "none\n"
    answer = _iwsi("show", root, "--dropped", "tie")
    assert answer.exit_code == 2
    assert answer.stderr.splitlines()[-1].endswith("expected a run with dropped candidates")


def test_broken_items_are_shown_with_both_answers(tmp_path):
    answer = _iwsi("show", write_run(tmp_path / "run"), "--broken", "--json")
    (sample,) = json.loads(answer.stdout)["samples"]
    assert (sample["round"], sample["item"], sample["fixed"]) == (1, "1", False)
