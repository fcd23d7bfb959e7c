from functools import partial

import numpy as np
import pytest
from gain_worlds import rounds_world

from eval_predict import Observed, ScoreMatrix, UserError
from eval_predict.bench.gain_results import Test
from eval_predict.bench.gain_rounds import play_rounds, run_gain_bench
from eval_predict.gain import forecaster as forecaster_module
from eval_predict.gain.forecaster import ArrayForecaster
from eval_predict.gain.paired_sample import PairedSample


def _family_matrix(items: int = 120) -> ScoreMatrix:
    rng = np.random.default_rng(0)
    difficulty_N = rng.normal(size=items)
    names = [f"a/gemma-{number}" for number in range(7)] + [f"b/own-{n}" for n in range(8)]
    ability_M = np.concatenate([np.linspace(-1, 1, 7), rng.normal(size=8)])
    probability_MN = 1 / (1 + np.exp(difficulty_N - ability_M[:, None]))
    return ScoreMatrix.from_array(
        (rng.random(probability_MN.shape) < probability_MN).astype(float), names
    )


@pytest.mark.parametrize("test", ["every", "final"])
def test_a_forecaster_is_given_only_what_was_run(
    test: Test, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[int]] = []

    class Spy(PairedSample):
        def forecast(self, observed: Observed, level: float):
            seen.append([earlier.observed.shape[1] for earlier in self.inputs.earlier])
            assert observed.shape[1] == 12
            return super().forecast(observed, level)

    monkeypatch.setitem(forecaster_module.GAIN_METHODS, "spy", Spy)
    scores_RN = rounds_world([0.05, 0.05, 0.05], items=120)
    make = partial(ArrayForecaster, method="spy")
    outcomes = list(play_rounds(scores_RN, make, test, 12, np.random.default_rng(0)))
    assert seen == [[120], [120, 120 if test == "every" else 12], [120] + 2 * [seen[1][1]]]
    gains = [outcome.gain for outcome in outcomes]
    assert gains == pytest.approx(np.diff(scores_RN.mean(axis=1)))
    assert outcomes[-1].gain_over_base == pytest.approx(sum(gains))


def test_a_row_for_each_setting_and_method_and_the_baselines_ratio_is_one() -> None:
    matrix = _family_matrix()
    rows = run_gain_bench({"own": matrix}, ["paired_dr"], 0.1, seed=1, worlds=["real"])
    settings = {(row.test, row.history, row.method) for row in rows}
    assert len(settings) == len(rows) == 2 * 2 * 2
    for row in rows:
        assert 4 <= row.rounds <= 6
        assert 0 <= row.coverage_previous <= 1
        if row.method == "paired_sample":
            assert (row.ratio_previous, row.ratio_base) == (1, 1)


def test_a_method_s_figures_do_not_depend_on_which_others_run() -> None:
    matrices = {"own": _family_matrix()}
    alone = run_gain_bench(matrices, [], seed=2, worlds=["real"], with_history=[False])
    beside = run_gain_bench(matrices, ["paired_dr"], seed=2, worlds=["real"], with_history=[False])
    errors = {row.test: row.mae_previous for row in beside if row.method == "paired_sample"}
    assert {row.test: row.mae_previous for row in alone} == errors


def test_a_table_without_rounds_is_refused_in_one_line() -> None:
    matrix = ScoreMatrix.from_array(np.eye(6), list("abcdef"))
    with pytest.raises(UserError, match="five models of one base model"):
        run_gain_bench({"none": matrix})


def test_in_a_made_world_one_round_a_sequence_is_forecast_and_its_gain_is_the_worlds() -> None:
    matrix = _family_matrix(items=200)
    rows = run_gain_bench(
        {"own": matrix}, [], seed=3, repeats=2, worlds=["loses_5", "no_gain"], with_history=[False]
    )
    assert [(row.world, row.test) for row in rows] == [
        (world, test) for world in ("loses_5", "no_gain") for test in ("every", "final")
    ]
    for row in rows:
        assert row.rounds == 2
        assert row.losses == (2 if row.world == "loses_5" else 0)
        assert row.gains == 0


def test_an_unknown_world_is_refused() -> None:
    with pytest.raises(UserError, match="world"):
        run_gain_bench({"own": _family_matrix()}, worlds=["loses_4"])
