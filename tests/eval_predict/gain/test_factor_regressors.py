import numpy as np
from gain_worlds import in_full
from worlds import rasch_world

from eval_predict.gain.factor_regressors import FactorRegressors
from eval_predict.gain.inputs import EarlierRound, ForecastInputs, ItemFeatures
from eval_predict.irt.factor_model import FactorModel

N = 300


def _factors() -> FactorModel:
    return FactorModel(0.5).fit(rasch_world(30, N, seed=1).dense_MN())


def test_columns_are_level_loadings_residuals_and_features() -> None:
    factors = _factors()
    rng = np.random.default_rng(0)
    base = in_full((rng.random(N) < 0.5).astype(float))
    features = ItemFeatures(("a", "b"), rng.normal(size=(N, 2)))
    inputs = ForecastInputs(N, (base,), None, features)
    regressors = FactorRegressors(inputs, factors).regressors(None)
    loadings = factors.loading_Nk_.shape[1]
    assert regressors.value_Nd.shape == (N, 1 + loadings + 2 + 4)
    np.testing.assert_array_equal(regressors.value_Nd[:, 1 : 1 + loadings], factors.loading_Nk_)


def test_the_offset_has_the_latest_full_rounds_mean() -> None:
    scores_N = (np.random.default_rng(0).random(N) < 0.7).astype(float)
    inputs = ForecastInputs(N, (in_full(scores_N),))
    offset_N = FactorRegressors(inputs, _factors()).regressors(None).offset_N
    assert abs((1 / (1 + np.exp(-offset_N))).mean() - scores_N.mean()) < 0.04


def test_rounds_that_repeat_each_other_raise_the_weight_of_the_latest_round() -> None:
    rng = np.random.default_rng(0)
    scores_N = (rng.random(N) < 0.5).astype(float)
    other_N = (rng.random(N) < 0.5).astype(float)
    weights = []
    for second_N in (scores_N, other_N):
        inputs = ForecastInputs(N, (in_full(scores_N), in_full(second_N, "round-1")))
        factors = _factors()
        regressors = FactorRegressors(inputs, factors).regressors(None)
        weights.append(regressors.mean_d[1 + factors.loading_Nk_.shape[1]])
    assert weights[0] > 4
    assert weights[1] < 1


def test_a_base_run_in_part_gives_columns_too() -> None:
    full = in_full(np.ones(N)).observed
    inputs = ForecastInputs(N, (EarlierRound("round-0", full.columns(np.arange(N) < 40)),))
    regressors = FactorRegressors(inputs, _factors()).regressors(None)
    assert np.isfinite(regressors.value_Nd).all()
