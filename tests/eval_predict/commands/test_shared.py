import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import eval_predict.cli
import eval_predict.commands.tables
from eval_predict.commands.shared import REPORT

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


def test_unknown_model_is_one_line_with_a_guess(scores: str) -> None:
    options = ["compare", scores, "--model", "New", "--baseline", "odl"]
    result = RUNNER.invoke(eval_predict.cli.app, options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith('--model: no model "New"')
    assert result.stderr.endswith('Did you mean "new"?\n')


def test_an_error_is_one_json_object_too(tmp_path: Path) -> None:
    result = RUNNER.invoke(eval_predict.cli.app, ["summary", str(tmp_path / "no.csv"), "--json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["got"] == "no such file"


def test_a_bad_level_is_a_user_error(scores: str) -> None:
    result = RUNNER.invoke(eval_predict.cli.app, ["summary", scores, "--level", "95"])
    assert result.exit_code == 2
    assert result.stderr.startswith("level: 95")


def test_our_own_fault_is_one_line_unless_debugged(
    scores: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(eval_predict.commands.tables, "summarise_models", fail)
    result = RUNNER.invoke(eval_predict.cli.app, ["summary", scores])
    assert result.exit_code == 1
    assert result.stderr == f"internal error: RuntimeError: two lines ({REPORT})\n"
    assert "please report it" in REPORT
    debugged = RUNNER.invoke(eval_predict.cli.app, ["summary", scores, "--debug"])
    assert debugged.exit_code == 1
    assert "Traceback" in debugged.stderr
