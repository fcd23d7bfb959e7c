import json
import shutil

import pytest
from report.run_directories import write_whole_run
from typer.testing import CliRunner

from eval_predict.errors import UserError
from iwsi.cli import app
from iwsi.rounds.run_list import ListedRun, list_runs


@pytest.fixture
def folder(tmp_path):
    """A whole run, the same in a study, one whose ledger is cut off, and a folder without a run."""
    write_whole_run(tmp_path / "runs" / "toy")
    shutil.copytree(tmp_path / "runs" / "toy", tmp_path / "runs" / "study" / "seed-1")
    broken = tmp_path / "runs" / "broken"
    broken.mkdir()
    (broken / "recipe.yaml").write_text("task: [")
    (broken / "ledger.json").write_text("{")
    (tmp_path / "runs" / "notes").mkdir()
    return tmp_path / "runs"


def test_runs_of_a_folder_and_of_studies_in_it_are_listed_by_name(folder):
    found = list_runs(folder)
    names = [run.path.removeprefix(f"{folder}/") for run in found]
    assert names == ["broken", "toy", "study/seed-1"]
    broken, toy, of_study = found
    assert (broken.task, broken.base, broken.result, broken.next_stage) == (None,) * 4
    assert broken.problem
    assert (toy.task, toy.base, toy.problem) == ("tiny_arith", 0.5, None)
    assert of_study == ListedRun(of_study.path, toy.task, toy.base, toy.result, toy.next_stage)


def test_the_command_prints_the_list_as_json_and_as_a_table(folder):
    answer = CliRunner().invoke(app, ["runs", str(folder), "--json"])
    rows = {row["path"].rpartition("/")[2]: row for row in json.loads(answer.stdout)["runs"]}
    assert rows["toy"]["base"] == 0.5
    assert rows["broken"]["problem"]
    shown = CliRunner().invoke(app, ["runs", str(folder)]).stdout
    assert "50.0%" in shown
    assert "cannot be read" in shown


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        list_runs(tmp_path / "nowhere")
