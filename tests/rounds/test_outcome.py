from dataclasses import replace

from rounds.test_tracking import ROUND, SUMMARY

from eval_predict.stats.estimate import Estimate
from iwsi.rounds.outcome import result_warning
from iwsi.rounds.reports import RunOutcome


def _summary(low, high):
    gain = Estimate((low + high) / 2, low, high, 0.95, "paired", 100, ())
    rounds = (replace(ROUND, gain=gain),)
    return replace(SUMMARY, rounds=rounds, result=RunOutcome(1, "round-1/adapter"))


def test_a_result_whose_whole_interval_is_below_the_base_is_warned_of():
    assert result_warning(_summary(-0.05, -0.01)) == (
        "the result, round 1, is worse than the base model: -3.0 [-5.0, -1.0] points by full tests"
    )


def test_what_may_be_a_gain_or_is_the_base_is_not():
    assert result_warning(_summary(-0.05, 0.01)) is None
    assert result_warning(replace(_summary(-0.05, -0.01), result=None)) is None
    assert result_warning(replace(_summary(-0.05, -0.01), result=RunOutcome(0, None))) is None
