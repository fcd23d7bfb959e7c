import json

import pytest
from conftest import ROOT, assert_fault
from typer.testing import CliRunner

from iwsi.cli import app

RECIPE = str(ROOT / "recipes" / "tiny_arith.yaml")


def _iwsi(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_validate_shows_a_prompt_the_rows_and_a_cost_without_loading_the_model():
    shown = _iwsi("validate", RECIPE)
    assert shown.exit_code == 0, shown.output
    for part in ("Question: ", "Answer:", "train 300", "validation 100", "the recipe is valid"):
        assert part in shown.stdout


def test_validate_prints_the_same_as_json():
    report = json.loads(_iwsi("validate", RECIPE, "--json", "task.train.size=40").stdout)
    assert report["rows"] == {"train": 40, "validation": 100, "test": 500}
    assert report["sampled_tokens"] == 40 * 15 * report["rationale_tokens"]
    assert report["trained_tokens"] > report["scored_tokens"] > 0
    assert {cost["work"] for cost in report["costs"]} >= {"sample", "score", "train", "test"}
    assert report["parameters"] > 100_000
    assert report["estimated_seconds"] > 0
    assert report["gold"].isdigit()


def test_validate_warns_of_answers_that_will_be_cut_off():
    report = json.loads(_iwsi("validate", RECIPE, "--json", "sample.max_tokens=8").stdout)
    assert "rationales are longer than sample.max_tokens (8)" in report["warnings"][-1]


@pytest.mark.parametrize(
    ("overrides", "part"),
    [
        (["filter={method: oracle}", "task.gold={{ label }}"], 'task.gold: no column "label"'),
        (["filter={method: self, rating_prompt: '{{ gold }}'}"], 'no column "gold"'),
    ],
)
def test_validate_asks_for_what_the_filter_needs(overrides, part):
    assert_fault(_iwsi("validate", RECIPE, *overrides), part)


def test_a_filter_that_scores_nothing_costs_no_scoring():
    plain, weighed = (
        json.loads(_iwsi("validate", RECIPE, "--json", f"filter={{method: {name}}}").stdout)
        for name in ("lmsi", "iwsi_weighted")
    )
    assert plain["scored_tokens"] == 0 < weighed["scored_tokens"]
    assert plain["trained_tokens"] == weighed["trained_tokens"]  # neither keeps a share
