from conftest import ROOT

from iwsi.recipe.load import load_recipe
from iwsi.rounds.evaluation_plan import evaluation_plan


def _plan(*overrides):
    return evaluation_plan(load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides), 500)


def test_a_forecast_says_its_items_and_level():
    assert _plan("forecast.budget=0.1")["forecast"] == (
        "after each round, from 50 of 500 test items by auto, 90% intervals"
    )
    assert _plan("forecast=null", "gate=null", "test.full=every")["forecast"] == "none"


def test_without_a_gate_the_result_may_be_worse_than_the_base_model():
    assert "even if it is worse than the base model" in _plan("gate=null")["gate"]


def test_the_gate_says_what_passes_and_what_happens_after_failures():
    gate = _plan("gate.min_gain=0.02", "gate.patience=2", "gate.on_fail=stop", "rounds=1")["gate"]
    assert "gained more than 2 points" in gate
    assert "after 2 failed rounds in a row the run ends, and the last round" in gate
    assert gate.endswith("(this run of 1 round ends before that)")


def test_the_full_test_says_of_which_models():
    assert (
        _plan("test.full=every")["test"] == "the base model and every round, on all 500 test items"
    )


def test_the_gate_says_when_no_round_begins():
    gate = _plan("gate.min_next_gain=0.02", "gate.confidence=0.8")["gate"]
    assert gate.endswith(
        "no round begins that gains more than 2 points with a probability below 20%"
    )
