import json
import subprocess
import sys
import zipfile

import pytest
from conftest import MODEL, ROOT, assert_fault
from typer.testing import CliRunner

from iwsi.cli import app
from iwsi.recipe.load import load_recipe
from iwsi.recipe.shipped import shipped_recipes

DATASETS = {"gsm8k", "svamp", "openbookqa", "strategyqa", "anli_r1", "anli_r2", "aqua_rat"}


def _recipes(*arguments):
    return CliRunner().invoke(app, ["recipes", *map(str, arguments)])


def test_ls_names_every_recipe_and_what_it_is_about():
    result = json.loads(_recipes("ls", "--json").stdout)["recipes"]
    assert {entry["name"] for entry in result} >= DATASETS | {"custom", "tiny_arith"}
    assert all(entry["about"] for entry in result)
    assert _recipes("ls").stdout == _recipes().stdout


@pytest.mark.parametrize("shipped", shipped_recipes(), ids=lambda shipped: shipped.name)
def test_a_copy_is_the_same_recipe_with_the_same_comments(shipped, tmp_path):
    copy = tmp_path / "my.yaml"
    assert _recipes("cp", shipped.name, copy).exit_code == 0
    assert load_recipe(copy) == load_recipe(shipped.path)
    ours, theirs = copy.read_text().splitlines(), shipped.path.read_text().splitlines()
    assert ours[0].startswith(f"# Launch:    iwsi run {copy}")
    assert [line.partition("# ")[2] for line in ours[2:]] == [
        line.partition("# ")[2] for line in theirs[2:]
    ]


def test_a_copy_into_a_folder_keeps_the_name(tmp_path):
    result = json.loads(_recipes("cp", "tiny_arith", tmp_path, "--json").stdout)
    assert result == {"name": "tiny_arith", "out": str(tmp_path / "tiny_arith.yaml")}
    assert load_recipe(tmp_path / "tiny_arith.yaml").model.name == str(MODEL)


def test_a_file_that_is_there_is_written_over_only_by_force(tmp_path):
    mine = tmp_path / "my.yaml"
    mine.write_text("mine")
    assert_fault(_recipes("cp", "gsm8k", mine), "my.yaml: a file that is there already", "--force")
    assert mine.read_text() == "mine"
    assert _recipes("cp", "gsm8k", mine, "--force").exit_code == 0
    assert load_recipe(mine).task.name == "gsm8k"


def test_mistakes_are_one_line(tmp_path):
    assert_fault(_recipes("cp", "gsmk", tmp_path / "my.yaml"), "'gsmk'", 'Did you mean "gsm8k"?')
    assert_fault(
        _recipes("cp", "gsm8k", tmp_path / "no" / "my.yaml"), "expected a .yaml file in a folder"
    )
    assert_fault(_recipes("cp", "gsm8k", tmp_path / "my.txt"), "expected a .yaml file")


@pytest.mark.parametrize("name", ["gsm8k", "strategyqa"])
def test_a_hub_recipe_without_a_network_is_one_line(name, tmp_path):
    """In a process of its own: the libraries read the variable when they are imported."""
    code = "from iwsi.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "validate", str(ROOT / "recipes" / f"{name}.yaml")],
        capture_output=True,
        text=True,
        env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": ""},
        check=False,
    )
    assert done.returncode == 2
    [line] = done.stderr.strip().splitlines()
    assert "task.test: " in line
    assert "name a file: task.test='{path: rows.jsonl}'" in line


def test_an_installed_wheel_finds_its_recipes(tmp_path):
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "from iwsi.recipe.shipped import shipped_recipes, copy_recipe\n"
        "from iwsi.recipe.load import load_recipe\n"
        "from pathlib import Path\n"
        "recipe = load_recipe(copy_recipe('tiny_arith', Path('my.yaml')))\n"
        "print(len(shipped_recipes()), Path(recipe.model.name, 'config.json').is_file())\n"
        "print(recipe.task.train.path)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    count, rows = done.stdout.splitlines()
    assert count == f"{len(shipped_recipes())} True"
    assert rows == str(tmp_path / "site" / "iwsi" / "_recipes" / "tiny_arith" / "train.jsonl")
