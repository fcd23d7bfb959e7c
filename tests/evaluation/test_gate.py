import numpy as np
import pytest

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate
from iwsi.evaluation.gate import Decision, decide
from iwsi.recipe import Gate
from iwsi.recipe.load import load_recipe
from iwsi.rounds.plan import called_for, plan


def _gain(value: float, reach: float = 0.02) -> Estimate:
    return Estimate(value, value - reach, value + reach, 0.9, "paired_dr", 50)


def _decide(gate: Gate, *gains: float) -> list[Decision]:
    """Round after round, each with its gain over the one before."""
    decisions: list[Decision] = []
    for number, gain in enumerate(gains, start=1):
        decisions.append(decide(gate, number, _gain(gain), sum(gains[:number]), decisions))
    return decisions


def test_a_round_that_surely_gains_passes():
    [decision] = _decide(Gate(), 0.05)
    assert decision.passed
    assert not decision.ends
    assert decision.result == 1
    assert decision.probability > 0.99


def test_a_round_without_evidence_of_a_gain_fails():
    # With a 90% interval of ±2 points the standard error is 2 / 1.645 points; the probability of a
    # gain at an estimate of 1.1 points is then Φ(0.905) = 0.817, at 1.0 points Φ(0.822) = 0.795.
    assert _decide(Gate(confidence=0.8), 0.011)[0].passed
    assert not _decide(Gate(confidence=0.8), 0.010)[0].passed
    assert not _decide(Gate(), 0.0)[0].passed


def test_more_confidence_lets_fewer_rounds_pass():
    assert _decide(Gate(confidence=0.2), -0.009)[0].passed
    assert _decide(Gate(confidence=0.5), 0.001)[0].passed
    assert not _decide(Gate(confidence=0.95), 0.015)[0].passed


def test_a_smallest_gain_must_be_exceeded():
    assert _decide(Gate(min_gain=0.0), 0.02)[0].passed
    assert not _decide(Gate(min_gain=0.02), 0.02)[0].passed


def test_the_default_gate_passes_a_loss_of_three_points_in_at_most_a_twentieth_of_draws():
    # The least precise forecasts measured have a standard error of about 3.5 points.
    errors = np.random.default_rng(0).normal(0, 3.5, 2000)
    reach = 1.645 * 0.035
    passed = [decide(Gate(), 1, _gain(-0.03 + e / 100, reach), 0, []).passed for e in errors]
    assert np.mean(passed) <= 0.05


def test_stop_keeps_the_last_round_and_rollback_takes_the_best():
    assert _decide(Gate(on_fail="stop", patience=1), 0.05, -0.04)[-1].result == 2
    rolled = _decide(Gate(on_fail="rollback", patience=1), 0.05, -0.04)[-1]
    assert rolled.ends
    assert rolled.result == 1
    assert "the run ends with round 1" in rolled.reason
    assert _decide(Gate(on_fail="rollback", patience=1), -0.04)[-1].result == 0


def test_among_equals_rollback_takes_the_earliest():
    assert _decide(Gate(on_fail="rollback", min_gain=0.03), 0.05, 0.0)[-1].result == 1


def test_continue_says_so_and_goes_on():
    decisions = _decide(Gate(on_fail="continue"), 0.05, -0.04, -0.04)
    assert [decision.passed for decision in decisions] == [True, False, False]
    assert not any(decision.ends for decision in decisions)
    assert decisions[-1].result == 3


def test_patience_counts_consecutive_failures():
    decisions = _decide(Gate(patience=2), 0.05, -0.04, 0.05, -0.04, -0.04)
    assert [decision.failures for decision in decisions] == [0, 1, 0, 1, 2]
    assert [decision.ends for decision in decisions] == [False, False, False, False, True]
    assert decisions[-1].result == 3  # 0.06 over the base, more than any other


def test_an_exact_gain_is_above_or_not():
    exact = [Estimate(value, value, value, 0.9, "all_items", 500) for value in (0.002, 0.0)]
    assert [decide(Gate(), 1, gain, gain.value, []).passed for gain in exact] == [True, False]


@pytest.mark.parametrize(
    "gate", ["min_gain: 1.0", "min_gain: 1.5", "min_gain: -1", "confidence: 1", "confidence: 0"]
)
def test_a_gate_that_can_never_pass_or_never_fail_is_refused(recipe_file, gate):
    text = recipe_file.read_text() + f"gate: {{{gate}}}\n"
    recipe_file.write_text(text)
    with pytest.raises(UserError, match="gate"):
        load_recipe(recipe_file)


def test_a_gate_needs_something_to_judge_by(recipe_file):
    load_recipe(recipe_file, ["forecast=null", "test.full=every"])
    load_recipe(recipe_file, ["forecast=null", "gate=null", "test.full=never"])
    with pytest.raises(UserError, match="no evidence on a round"):
        load_recipe(recipe_file, ["forecast=null", "test.full=final"])


def _names(recipe_file, decisions, *overrides):
    stages = plan(load_recipe(recipe_file, ["rounds=3", *overrides]))
    return [stage.name for stage in called_for(stages, decisions)]


def _decision(number: int, ends: bool, result: int) -> Decision:
    return Decision(number, not ends, 0.5, 0.0, int(ends), ends, result, "")


def test_the_closing_test_is_of_the_result_alone(recipe_file):
    undecided = _names(recipe_file, {}, "test.full=final")
    assert [name for name in undecided if name.endswith("/test")] == [
        "round-0/test",
        "round-3/test",
    ]
    rolled = {1: _decision(1, False, 1), 2: _decision(2, True, 1)}
    names = _names(recipe_file, rolled, "test.full=final")
    assert [name for name in names if name.endswith("/test")] == ["round-0/test", "round-1/test"]
    assert "round-2/gate" in names
    assert not any(name.startswith("round-3") for name in names)


def test_rolled_back_to_the_base_needs_no_other_test(recipe_file):
    names = _names(recipe_file, {1: _decision(1, True, 0)}, "test.full=final")
    assert [name for name in names if name.endswith("/test")] == ["round-0/test"]


def test_a_run_that_never_tests_forecasts_the_base_too(recipe_file):
    names = _names(recipe_file, {}, "test.full=never")
    assert not any(name.endswith("/test") for name in names)
    assert "round-0/forecast" in names


def test_with_every_round_tested_an_ended_run_still_tests_its_last(recipe_file):
    names = _names(recipe_file, {2: _decision(2, True, 1)}, "test.full=every")
    assert "round-2/test" in names
    assert "round-3/sample" not in names
