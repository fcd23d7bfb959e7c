"""Forecasts from what a run knows, with a simulated benchmark in place of an engine."""

import numpy as np
import pytest
from worlds import factor_world

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError
from eval_predict.gain.forecaster import EarlierRound
from iwsi.evaluation.forecast import budget_items, forecast_round
from iwsi.recipe import Forecast


class Bench:
    """A benchmark that counts what is run on it."""

    def __init__(self, truth_N):
        self.truth_N = truth_N
        self.batches = []

    def __call__(self, items_n, batch):
        assert batch == len(self.batches)
        self.batches.append(items_n)
        return self.truth_N[items_n]

    @property
    def run(self):
        return np.concatenate(self.batches)


def _rounds(*abilities, items=300, seed=0):
    return factor_world(np.array(abilities), items, seed).scores_MN


def _full(name, scores_N):
    N = scores_N.size
    return EarlierRound(
        name, Observed(np.arange(N)[None], scores_N[None], np.ones((1, N)), np.zeros(N, int))
    )


def test_only_the_budget_is_run_and_no_item_twice():
    base_N, new_N = _rounds(-0.5, 1.0)
    bench = Bench(new_N)
    result = forecast_round(
        Forecast(budget=0.1), 300, [_full("round-0", base_N)], bench, np.random.default_rng(0)
    )
    assert len(bench.run) == len(set(bench.run.tolist())) == 30
    assert result.score.n_observed == 30
    assert not result.narrow
    assert result.gain_over_base.low <= result.gain_over_base.value <= result.gain_over_base.high
    assert result.score.value == pytest.approx(result.gain_over_base.value + base_N.mean())


def test_it_stops_as_soon_as_the_interval_is_narrow_enough():
    base_N, new_N = _rounds(-0.5, 3.0)
    bench = Bench(new_N)
    wide = Forecast(budget=0.9, max_halfwidth=0.2)
    result = forecast_round(wide, 300, [_full("round-0", base_N)], bench, np.random.default_rng(0))
    assert result.narrow
    assert len(bench.run) < 270
    reach = (result.gain_over_previous.high - result.gain_over_previous.low) / 2
    assert reach <= 0.2


def test_all_items_can_be_run_at_once():
    base_N, new_N = _rounds(-0.5, 1.0)
    bench = Bench(new_N)
    once = Forecast(budget=30, batch=30)
    forecast_round(once, 300, [_full("round-0", base_N)], bench, np.random.default_rng(0))
    assert [batch.size for batch in bench.batches] == [30]


def test_a_halfwidth_out_of_reach_spends_the_budget():
    base_N, new_N = _rounds(-0.5, 0.5)
    bench = Bench(new_N)
    narrow = Forecast(budget=40, max_halfwidth=0.001)
    result = forecast_round(
        narrow, 300, [_full("round-0", base_N)], bench, np.random.default_rng(0)
    )
    assert not result.narrow
    assert len(bench.run) == 40


def test_the_base_alone_has_a_score_and_no_gain():
    [base_N] = _rounds(0.0)
    bench = Bench(base_N)
    result = forecast_round(Forecast(budget=50), 300, [], bench, np.random.default_rng(0))
    assert result.gain_over_previous is None
    assert result.gain_over_base is None
    assert result.score.value == pytest.approx(bench.truth_N[bench.run].mean())


def test_other_models_sharpen_the_base_alone():
    scores_MN = _rounds(*np.linspace(-2, 2, 25))
    history, errors = ScoreMatrix.from_array(np.delete(scores_MN, 12, axis=0)), []
    for given in (None, history):
        misses = []
        for seed in range(40):
            result = forecast_round(
                Forecast(budget=30),
                300,
                [],
                Bench(scores_MN[12]),
                np.random.default_rng(seed),
                history=given,
            )
            misses.append(abs(result.score.value - scores_MN[12].mean()))
        errors.append(np.mean(misses))
    assert errors[1] < errors[0]


def test_the_same_seed_runs_the_same_items():
    base_N, new_N = _rounds(-0.5, 1.0)
    benches = [Bench(new_N), Bench(new_N)]
    for bench in benches:
        forecast_round(Forecast(), 300, [_full("round-0", base_N)], bench, np.random.default_rng(5))
    assert (benches[0].run == benches[1].run).all()


def test_a_budget_is_a_share_or_a_number():
    assert budget_items(Forecast(budget=0.1), 500) == 50
    assert budget_items(Forecast(budget=50), 500) == 50
    assert budget_items(Forecast(budget=900), 500) == 500
    assert budget_items(Forecast(), 500) == 50


def test_without_a_budget_a_small_test_set_is_forecast_from_five_items():
    assert [budget_items(Forecast(), items) for items in (40, 7, 3)] == [5, 5, 3]


@pytest.mark.parametrize(("budget", "items"), [(0.1, 20), (4, 500), (1, 500)])
def test_fewer_than_five_items_are_refused(budget, items):
    with pytest.raises(UserError, match="expected at least 5 items"):
        budget_items(Forecast(budget=budget), items)
