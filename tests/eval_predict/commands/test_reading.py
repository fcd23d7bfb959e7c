import inspect

import numpy as np
import typer
from typer.testing import CliRunner

from eval_predict.commands.reading import reads_scores, say
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.readers import Reading, ReadOptions


def _app(command):
    app = typer.Typer()
    app.command()(reads_scores(command))
    return app


def test_a_command_gets_the_options_of_reading_as_one_object():
    got = []

    def command(scores: str, options: ReadOptions) -> None:
        got.append((scores, options))

    arguments = [
        "s.csv",
        "--metric",
        "acc",
        "--metric",
        "gsm8k=em",
        "--item",
        "a, b",
        "--epoch",
        "2",
    ]
    done = CliRunner().invoke(_app(command), arguments)
    assert done.exit_code == 0, done.output
    assert got == [("s.csv", ReadOptions(metrics=("acc", "gsm8k=em"), item=("a", "b"), epoch="2"))]


def test_an_option_that_a_command_has_itself_is_left_to_it():
    got = []

    def command(options: ReadOptions, model: str = "mine") -> None:
        got.append((model, options.model))

    assert CliRunner().invoke(_app(command), ["--model", "m"]).exit_code == 0
    assert got == [("m", None)]
    names = list(inspect.signature(reads_scores(command)).parameters)
    assert names.count("model") == 1


def test_what_was_read_chosen_and_noted_goes_to_stderr_a_line_each(capsys):
    matrix = ScoreMatrix.from_array(np.ones((1, 2)), ["m"], ["x", "y"])
    say(Reading(matrix, "HELM", "f1", choices=("metric f1",), notes=("two\nlines",)))
    assert capsys.readouterr().err.splitlines() == [
        "read: 1 model × 2 items, none missing, f1 (HELM)",
        "chosen: metric f1",
        "note: two lines",
    ]
