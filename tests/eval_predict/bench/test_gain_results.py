import pytest

from eval_predict.bench.gain_results import CONFIDENCE, Outcome, gain_row
from eval_predict.gain.forecast import Forecast
from eval_predict.stats.estimate import Estimate
from iwsi.recipe import Gate


def _outcome(truth: float, value: float, reach: float = 0.01) -> Outcome:
    estimate = Estimate(value, value - reach, value + reach, 0.9, "any", 50)
    return Outcome(truth, truth, Forecast(estimate, estimate, estimate, estimate), 0.1)


def test_errors_are_in_points_and_relative_to_the_baselines() -> None:
    outcomes = [_outcome(0.05, 0.06), _outcome(-0.04, -0.05)]
    baseline = [_outcome(0.05, 0.07), _outcome(-0.04, -0.06)]
    row = gain_row("any", "real", "every", False, "auto", outcomes, baseline)
    assert row.mae_previous == pytest.approx(1.0)
    assert row.ratio_previous == pytest.approx(0.5)
    assert row.coverage_previous == 1.0


def test_gains_that_pass_and_losses_that_fail_are_counted() -> None:
    outcomes = [_outcome(0.05, 0.05), _outcome(0.05, -0.05), _outcome(-0.03, -0.05)]
    row = gain_row("any", "real", "every", False, "auto", outcomes, outcomes)
    assert (row.gains, row.passed) == (2, 0.5)
    assert (row.losses, row.failed) == (1, 1.0)
    assert row.passed_all == pytest.approx(1 / 3)


def test_the_benchs_gate_is_the_default_one() -> None:
    assert Gate().confidence == CONFIDENCE
    assert Gate().min_gain == 0
