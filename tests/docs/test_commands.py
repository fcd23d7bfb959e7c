"""The shell commands of README and docs run, page by page; `pages.py` says how and which cannot."""

import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
import typer
from conftest import ROOT
from docs.blocks import PAGES, PROGRAMS, blocks, commands, inline_commands, of_programs
from docs.pages import TABLE, Page
from typer.testing import CliRunner

import eval_predict.cli
import iwsi.cli
from iwsi.recipe.load import load_recipe

APPS = {"iwsi": iwsi.cli.app, "eval-predict": eval_predict.cli.app}
TREES = {name: typer.main.get_command(app).commands for name, app in APPS.items()}
WITH_COMMANDS = [page for page in PAGES if commands(page)]
LANGUAGES = {"sh", "python", "yaml", "text"}


def _begins(line: str, beginnings: Iterable[str]) -> bool:
    return line.startswith(tuple(beginnings))


def _is_run(page: Page, line: str) -> bool:
    return not _begins(line, (*page.elsewhere, *page.not_here))


def _some(page: Path, *, slow: bool) -> bool:
    one = TABLE[page.name]
    return any(_is_run(one, line) and _begins(line, one.slow) == slow for line in commands(page))


def _changed(page: Page, line: str) -> str:
    """The command with what a test adds, in front of its output's file."""
    command, arrow, target = line.partition(" > ")
    added = [text for beginning, text in page.append.items() if line.startswith(beginning)]
    return " ".join([command, *added]) + arrow + target


def _expanded(line: str, environment: dict[str, str]) -> list[str]:
    """The words that a shell makes of a command."""
    done = subprocess.run(
        ["bash", "-c", rf"printf '%s\0' {line}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("\0")[:-1]


def _here(line: str, environment: dict[str, str]) -> tuple[int, str]:
    """Exit code and output of one of our commands, in this process."""
    command, _, target = line.partition(" > ")
    program, *words = _expanded(command, environment)
    result = CliRunner().invoke(APPS[program], words)
    if target:
        Path(target.strip()).write_text(result.stdout)
    return result.exit_code, result.output


def _in_a_shell(line: str, environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def environment(tmp_path, tmp_path_factory, monkeypatch):
    """A shell's variables: our programs are on the path, and `D` is the data of docs/bis.md."""
    programs = tmp_path_factory.mktemp("programs")
    for name, module in (("iwsi", "iwsi.cli"), ("eval-predict", "eval_predict.cli")):
        path = programs / name
        code = f"from {module} import main; main()"
        path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{code}" "$@"\n')
        path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("D", str(tmp_path / "data"))
    return dict(os.environ)


def _prepare(page: Page, line: str, folder: Path) -> None:
    for beginning, prepare in page.before.items():
        if line.startswith(beginning):
            prepare(folder)


@pytest.mark.parametrize(
    "path", [path for path in WITH_COMMANDS if _some(path, slow=False)], ids=lambda path: path.name
)
def test_quick_commands_run(path, tmp_path, environment):
    page = TABLE[path.name]
    page.prepare(tmp_path)
    page.ready(tmp_path)
    for line in commands(path):
        if _is_run(page, line) and not _begins(line, page.slow):
            _prepare(page, line, tmp_path)
            code, output = _here(_changed(page, line), environment)
            assert code == (2 if line in page.refused else 0), (line, output)


@pytest.mark.slow  # they sample and train
@pytest.mark.parametrize(
    "path", [path for path in WITH_COMMANDS if _some(path, slow=True)], ids=lambda path: path.name
)
def test_all_commands_run_one_after_the_other(path, tmp_path, environment):
    page = TABLE[path.name]
    page.prepare(tmp_path)
    for line in filter(lambda line: _is_run(page, line), commands(path)):
        _prepare(page, line, tmp_path)
        code, output = _in_a_shell(_changed(page, line), environment)
        assert code == (2 if line in page.refused else 0), (line, output)


def test_every_page_with_commands_is_in_the_table():
    assert sorted(TABLE) == sorted(path.name for path in WITH_COMMANDS)


@pytest.mark.parametrize("path", WITH_COMMANDS, ids=lambda path: path.name)
def test_every_entry_of_the_table_fits_a_command(path):
    page, lines = TABLE[path.name], commands(path)
    entries = (*page.before, *page.append, *page.slow, *page.elsewhere, *page.not_here)
    assert [entry for entry in entries if not any(line.startswith(entry) for line in lines)] == []
    assert set(page.refused) <= set(lines)
    assert [test for test in page.elsewhere.values() if not (ROOT / test).is_file()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_block_is_fenced_and_says_a_language_that_a_test_handles(path):
    assert {block.language for block in blocks(path)} <= LANGUAGES
    texts = [block.text for block in blocks(path) if block.language == "text"]
    starts = (*(f"{program} " for program in PROGRAMS), "$ ", "python ", "bash ", "pip ")
    assert [text for text in texts if text.startswith(starts)] == []
    outside = path.read_text(encoding="utf-8").replace("\n\n\n", "\n\n").split("```")[::2]
    assert [text for text in outside if "\n\n    " in text and "\n- " not in text] == []


NOT_RUN = [
    (path.name, line)
    for path in WITH_COMMANDS
    for line in of_programs(path)
    if not _is_run(TABLE[path.name], line)
]


@pytest.mark.parametrize(("page", "line"), NOT_RUN, ids=lambda value: str(value)[:60])
def test_a_command_that_is_not_run_by_the_page_is_parsed(page, line):
    program, name, *words = shlex.split(line.partition(" > ")[0])
    TREES[program][name].make_context(name, words)  # raises where an option is not one


VALID_ELSEWHERE = [
    line.removeprefix("NODE_RANK=0 ")
    for path in WITH_COMMANDS
    for line in commands(path)
    if _begins(line, TABLE[path.name].not_here) and "iwsi run " in line
]


@pytest.mark.parametrize("line", VALID_ELSEWHERE, ids=lambda line: line[:60])
def test_the_recipe_of_a_run_that_no_test_can_do_is_valid_with_its_overrides(line):
    program, command, source, *overrides = shlex.split(line)
    assert (program, command) == ("iwsi", "run")
    recipe = source.replace("my.yaml", "recipes/tiny_arith.yaml")
    assert load_recipe(ROOT / recipe, overrides).task.name


def test_scripts_that_no_test_can_run_are_there_and_have_the_options():
    for path in WITH_COMMANDS:
        for line in filter(lambda line: _begins(line, TABLE[path.name].not_here), commands(path)):
            for words in (part.split() for part in line.splitlines()):
                if words[0] not in {"python", "bash"} or words[1] == "-m":
                    continue
                source = (ROOT / words[1]).read_text(encoding="utf-8")
                options = [word for word in words[2:] if word.startswith("--")]
                assert [option for option in options if f'"{option}"' not in source] == [], line


def test_extras_that_the_pages_install_are_extras():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    installed = [
        line.partition("[")[2].partition("]")[0]
        for path in WITH_COMMANDS
        for line in commands(path)
        if line.startswith("pip install")
    ]
    assert installed
    assert set(installed) <= set(project["optional-dependencies"])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_in_sentences_are_commands_with_these_options(path):
    for line in inline_commands(path):
        program, name, *words = line.replace("[", " ").replace("]", " ").split()
        if name.startswith("-"):
            continue
        command = TREES[program][name]
        if hasattr(command, "commands") and words and not words[0].startswith("-"):
            command = command.commands[words[0]]
        options = {option for parameter in command.params for option in parameter.opts}
        used = [word.partition("=")[0] for word in words if word.startswith("-")]
        assert [option for option in used if option not in options | {"-n"}] == [], line
