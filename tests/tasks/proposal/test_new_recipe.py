"""`iwsi init` writes a recipe that `iwsi validate` accepts."""

import json
import shutil

import pytest
from conftest import MODEL, assert_fault, write_jsonl
from typer.testing import CliRunner

from iwsi.cli import app
from iwsi.recipe.load import load_recipe

ROWS = [
    {"question": f"Tom has {i} pens and finds 1. How many?", "answer": f"{i} + 1\n#### {i + 1}"}
    for i in range(40)
]


def _iwsi(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture
def rows(tmp_path):
    return write_jsonl(tmp_path / "rows.jsonl", ROWS)


def test_a_file_becomes_a_recipe_that_validate_accepts(tmp_path, rows):
    out = tmp_path / "mine.yaml"
    made = json.loads(_iwsi("init", rows, "--out", out, "--model", MODEL, "--json").stdout)
    assert made["answer"] == "number"
    assert load_recipe(out).task.prompt == "Question: {{ question }}\nAnswer:"
    result = _iwsi("validate", out)
    assert result.exit_code == 0, result.output


def test_the_recipe_moves_with_its_rows(tmp_path, rows):
    _iwsi("init", rows, "--out", tmp_path / "mine.yaml", "--model", MODEL)
    (tmp_path / "elsewhere").mkdir()
    for name in ("mine.yaml", "rows.jsonl"):
        shutil.move(tmp_path / name, tmp_path / "elsewhere" / name)
    path = load_recipe(tmp_path / "elsewhere" / "mine.yaml").task.test.path
    assert path == str(tmp_path / "elsewhere" / "rows.jsonl")


def test_what_was_chosen_is_printed(tmp_path, rows):
    printed = _iwsi("init", rows, "--out", tmp_path / "mine.yaml").stdout
    assert "gold:      '{{ answer }}'" in printed
    assert "iwsi validate" in printed


def test_faults_are_one_line(tmp_path, rows):
    out = tmp_path / "mine.yaml"
    out.write_text("mine")
    assert_fault(_iwsi("init", rows, "--out", out), "which is there", "--force")
    assert_fault(_iwsi("init", tmp_path / "none.csv", "--out", tmp_path / "b.yaml"), "no such file")
    assert_fault(_iwsi("init", rows, "--out", tmp_path / "no" / "b.yaml"), "no folder")
    assert_fault(_iwsi("init", rows, "--answer", "letter", "--out", tmp_path / "b.yaml"), "letter")
    assert out.read_text() == "mine"


def test_a_folder_is_no_recipe_even_with_force(tmp_path, rows):
    answer = _iwsi("init", rows, "--out", tmp_path, "--force")
    assert_fault(answer, "--out", "a folder; expected a file", "recipe.yaml")
