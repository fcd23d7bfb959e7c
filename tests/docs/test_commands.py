"""Every command that the documentation shows is one that the programs take."""

import shlex

import pytest
import typer
from docs.blocks import PAGES, commands

import eval_predict.cli
import iwsi.cli

PROGRAMS = {
    "iwsi": typer.main.get_command(iwsi.cli.app).commands,
    "eval-predict": typer.main.get_command(eval_predict.cli.app).commands,
}
FOUND = [(page.name, command) for page in PAGES for command in commands(page)]


@pytest.mark.parametrize(("page", "line"), FOUND, ids=lambda value: str(value)[:60])
def test_a_command_parses(page, line):
    program, name, *words = shlex.split(line.partition(" > ")[0])
    command = PROGRAMS[program][name]
    if hasattr(command, "commands"):  # recipes ls, recipes cp
        if not words or words[0].startswith("-"):
            return
        command, words = command.commands[words[0]], words[1:]
    command.make_context(name, words)  # raises where an option or argument is not one


def test_commands_are_found_on_many_pages():
    assert len(FOUND) > 60
    assert {"README.md", "runs.md", "tutorial.md", "prediction.md"} <= {page for page, _ in FOUND}
