import json

import pytest
from conftest import ROOT
from report.run_directories import write_run
from typer.testing import CliRunner

from iwsi.cli import app
from iwsi.recipe.load import dump_recipe, load_recipe
from iwsi.rounds import ledger
from iwsi.rounds.scratch import clean_run, find_scratch


@pytest.fixture
def run(tmp_path):
    """A run of one round with merged weights beside its adapter."""
    root = write_run(tmp_path / "runs" / "toy")
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", ["rounds=1"])
    (root / "recipe.yaml").write_text(dump_recipe(recipe))
    entry = {"digest": "0", "outputs": {}, "seconds": 1.0, "startup_seconds": 0.0, "info": {}}
    stages = {"round-0/test": entry | {"startup": {}}}
    content = {"format": ledger.FORMAT, "inputs": {}, "stages": stages}
    (root / "ledger.json").write_text(json.dumps(content))
    (root / "round-1" / "merged").mkdir()
    (root / "round-1" / "merged" / "model.safetensors").write_bytes(b"x" * 1000)
    return root


def test_only_what_can_be_made_again_is_found(run):
    [merged] = find_scratch(run)
    assert (merged.path.name, merged.size) == ("merged", 1000)


def test_cleaning_deletes_it_and_nothing_else(run):
    before = {path for path in run.rglob("*") if "merged" not in str(path)}
    clean_run(run)
    assert not (run / "round-1" / "merged").exists()
    assert before <= {*run.rglob("*")}


def test_a_link_is_not_followed(run, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("kept")
    (run / "round-1" / "launch").symlink_to(elsewhere)
    clean_run(run)
    assert (elsewhere / "precious").read_text() == "kept"


def test_the_command_deletes_only_with_yes(run):
    answer = CliRunner().invoke(app, ["clean", str(run)])
    assert "can be deleted with --yes" in answer.stdout
    assert find_scratch(run)
    assert "deleted" in CliRunner().invoke(app, ["clean", str(run), "--yes"]).stdout
    assert not find_scratch(run)
