"""Help of every command: what it is for, an example that parses, options in groups; completion."""

import os
import shlex
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import eval_predict.cli
import iwsi.cli

APPS = {"iwsi": iwsi.cli.app, "eval-predict": eval_predict.cli.app}
COMMANDS = [
    (program, name, command)
    for program, app in APPS.items()
    for name, command in typer.main.get_command(app).commands.items()
    if name != "recipes"
]
NAMES = [f"{program} {name}" for program, name, _ in COMMANDS]


@pytest.mark.parametrize(("program", "name", "command"), COMMANDS, ids=NAMES)
def test_the_help_has_a_first_line_and_an_example_that_parses(program, name, command):
    text, _, example = command.help.partition("\n\nExample: ")
    assert text.splitlines()[0].endswith((".", ";"))
    words = shlex.split(example)
    assert words[:2] == [program, name]
    command.make_context(name, words[2:])  # raises where an option is not one


@pytest.mark.parametrize(("program", "name", "command"), COMMANDS, ids=NAMES)
def test_options_are_in_groups(program, name, command):
    groups = {
        parameter.name: getattr(parameter, "rich_help_panel", None) for parameter in command.params
    }
    assert groups["as_json"] == groups["debug"] == "Output"
    shown = CliRunner().invoke(APPS[program], [name, "--help"], env={"COLUMNS": "120"}).output
    assert "─ Output ─" in shown


@pytest.mark.parametrize("program", APPS)
def test_the_list_of_commands_has_an_example(program):
    shown = CliRunner().invoke(APPS[program], ["--help"]).output
    assert f"Example: {program} " in shown
    assert "--install-completion" in shown


def _completed(words, place):
    code = "from iwsi.cli import app; app(prog_name='iwsi')"
    variables = {
        "_IWSI_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(place),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | variables, capture_output=True, text=True
    )
    return done.stdout.split()


def test_the_shell_completes_commands_and_keys_of_a_recipe():
    assert _completed("iwsi val", 1) == ["validate"]
    assert _completed("iwsi run a.yaml train.lora.r", 3) == ["train.lora.r="]
