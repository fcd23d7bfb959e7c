import numpy as np
import pytest

from iwsi.evaluation.next_gain import FinishedRound, UpcomingRound, next_gain, stops


def _round(run, number, accuracy, majority, gain=None):
    before = UpcomingRound(run, number, accuracy, majority, 0.3)
    return before if gain is None else FinishedRound(before, gain)


def _world(share, noise, runs, seed=0):
    """Runs of five rounds in which this share of the headroom comes true, plus noise."""
    rng = np.random.default_rng(seed)
    finished = []
    for run in range(runs):
        accuracy, best = rng.uniform(0.3, 0.6), rng.uniform(0.6, 0.95)
        for number in range(1, 6):
            majority = min(best, accuracy + 0.2)
            gain = share * (majority - accuracy) + rng.normal(0, noise)
            finished.append(_round(f"run-{run}", number, accuracy, majority, gain))
            accuracy = min(max(accuracy + gain, 0.0), 1.0)
    return finished


def test_without_rounds_headroom_alone_says_that_a_gain_is_likely():
    much, none = next_gain(_round("a", 1, 0.5, 0.8), []), next_gain(_round("a", 1, 0.8, 0.8), [])
    assert much.estimate().value == pytest.approx(0.3 * 0.3, abs=0.01)
    assert none.estimate().value == pytest.approx(0.0, abs=0.005)
    assert much.probability_above(0.02) > none.probability_above(0.02)


def test_rounds_of_other_runs_say_how_much_of_the_headroom_comes_true():
    found = next_gain(_round("new", 1, 0.5, 0.7), _world(0.6, 0.01, runs=8)).estimate()
    assert found.value == pytest.approx(0.12, abs=0.02)
    assert found.high - found.low < 0.08


def test_intervals_hold_the_gains_of_runs_that_did_not_fit_them():
    inside = total = 0
    for seed in range(6):
        rounds = _world(0.4, 0.03, runs=5, seed=seed)
        for held in {row.before.run for row in rounds}:
            others = [row for row in rounds if row.before.run != held]
            for row in (row for row in rounds if row.before.run == held):
                earlier = [
                    one
                    for one in rounds
                    if one.before.run == held and one.before.number < row.before.number
                ]
                found = next_gain(row.before, [*others, *earlier]).estimate(0.9)
                inside += found.low <= row.gain <= found.high
                total += 1
    assert 0.85 <= inside / total <= 0.98


def test_a_run_that_gains_nothing_is_stopped_and_one_that_gains_goes_on():
    flat = [_round("a", n, 0.6, 0.75, 0.0) for n in range(1, 5)]
    distribution = next_gain(_round("a", 5, 0.6, 0.75), flat)
    assert stops(distribution, 0.02, 0.8)
    rising = [_round("a", n, 0.4 + 0.05 * n, 0.8, 0.05) for n in range(1, 5)]
    assert not stops(next_gain(_round("a", 5, 0.65, 0.8), rising), 0.02, 0.8)


def test_no_gain_is_expected_beyond_what_is_left():
    distribution = next_gain(_round("a", 1, 0.97, 1.0), [])
    assert distribution.estimate(0.99).high <= 0.03 + 1e-9
    assert distribution.probability_above(0.0301) == 0.0
    assert distribution.probability_above(-0.98) == 1.0


def test_probability_and_quantile_agree():
    distribution = next_gain(_round("a", 1, 0.5, 0.8), _world(0.4, 0.03, runs=3))
    found = distribution.estimate(0.9)
    assert distribution.probability_above(found.low) == pytest.approx(0.95, abs=1e-4)
    assert distribution.probability_above(found.high) == pytest.approx(0.05, abs=1e-4)
