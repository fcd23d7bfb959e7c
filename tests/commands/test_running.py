import json

import pytest
import yaml
from conftest import ROOT, assert_fault, small_recipe
from typer.testing import CliRunner

from iwsi.cli import app

RECIPE = str(ROOT / "recipes" / "tiny_arith.yaml")


def _iwsi(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_study_that_cannot_run_is_refused_before_it_begins(tmp_path):
    study = ("study", RECIPE, "--run-dir", tmp_path / "runs")
    assert_fault(
        _iwsi(*study, "--filters", "iwsi,lmsy"), "--filters: 'lmsy'", 'Did you mean "lmsi"?'
    )
    assert_fault(
        _iwsi(*study, "--out", tmp_path / "out.txt"), "--out", "expected a name that ends in"
    )
    assert_fault(_iwsi(*study, "--sweep", "filter.keep=2"), "filter.keep: 2")
    assert not (tmp_path / "runs").exists()


def test_until_names_the_stages_there_are(tmp_path):
    result = _iwsi("run", RECIPE, "--until", "wiegh", "--run-dir", tmp_path / "run")
    assert_fault(result, "--until: 'wiegh'", 'Did you mean "round-1/weigh"?')


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A run directory after the first stage of a run with another seed."""
    folder = tmp_path_factory.mktemp("running")
    run = folder / "run"
    begun = _iwsi("run", small_recipe(folder), "seed=4", "--until", "prepare", "--run-dir", run)
    assert begun.exit_code == 0
    return run


def test_status_of_a_run_that_has_begun_says_what_comes_next(prepared):
    assert "next: round-0/test" in _iwsi("status", prepared).stdout
    assert json.loads(_iwsi("status", prepared, "--json").stdout)["next_stage"] == "round-0/test"


def test_status_of_what_is_no_run_is_refused(tmp_path):
    assert_fault(_iwsi("status", tmp_path), "no recipe.yaml", "expected a run directory")


def test_the_recipe_of_a_run_reads_as_a_recipe(prepared):
    resolved = yaml.safe_load((prepared / "recipe.yaml").read_text())
    assert resolved["seed"] == 4
    assert _iwsi("validate", prepared / "recipe.yaml").exit_code == 0


def test_a_rank_above_the_engines_limit_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("iwsi.sample.local.importlib.util.find_spec", lambda name: object())
    run = tmp_path / "run"
    extra = ("train.lora.r=600", "sample.adapter=lora", "--run-dir", run)
    assert_fault(_iwsi("run", RECIPE, *extra), "train.lora.r: 600", "512")
    assert not run.exists()


def test_vllm_asked_for_and_not_installed_is_reported_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("iwsi.sample.local.importlib.util.find_spec", lambda name: None)
    assert_fault(
        _iwsi("run", RECIPE, "sample.engine=vllm", "--run-dir", tmp_path / "run"),
        "vllm, which is not installed",
        "pip install",
    )
