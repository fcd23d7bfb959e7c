import io

from conftest import assert_fault
from rich.console import Console
from typer.testing import CliRunner

from eval_predict.stats.estimate import Estimate
from iwsi.cli import app
from iwsi.commands.evaluate import print_evaluation
from iwsi.export.evaluate import Evaluation, TaskEvaluation


def test_names_and_limits_are_checked_before_anything_is_loaded(tmp_path):
    def evaluate(*options):
        return CliRunner().invoke(app, ["evaluate", str(tmp_path), *options])

    for names in ("", "../x", "-x", " , "):
        assert_fault(evaluate("--tasks", names), "--tasks", "names of tasks")
    for limit in ("0", "-3"):
        assert_fault(evaluate("--tasks", "sums", "--limit", limit), "--limit", "a number above 0")


def test_shares_are_shown_in_points_and_other_metrics_as_they_are(capsys):
    def estimate(value, width, *warnings):
        return Estimate(value, value - width, value + width, 0.95, "m", 40, warnings=warnings)

    same = ("few items",)
    rows = (
        TaskEvaluation("sums", "acc", True, *(estimate(v, 0.1, *same) for v in (0.25, 0.75, 0.5))),
        TaskEvaluation("words", "bleu", False, estimate(12.5, 1), None, None),
    )
    found = Evaluation(round=1, chat=True, folder="runs/a/evaluations", tasks=rows, ran=(), kept=())
    console = Console(width=160, file=io.StringIO())
    print_evaluation(console, found)
    lines = console.file.getvalue().splitlines()
    assert "round 1 and the base model, chat template" in lines[0]
    [share] = [line for line in lines if "sums" in line]
    assert "25.0% [15.0%, 35.0%]" in share
    assert "+50.0 [+40.0, +60.0]" in share
    [other] = [line for line in lines if "words" in line]
    assert "12.500 [11.500, 13.500]" in other
    printed = capsys.readouterr()
    assert printed.out == "logs: runs/a/evaluations\n"
    assert printed.err == "warning: few items\n"  # once, though three estimates have it
