import numpy as np
import pytest
from gain_worlds import in_full, rounds_world

from eval_predict.gain.inputs import ForecastInputs, ItemFeatures
from eval_predict.gain.item_model import item_model
from eval_predict.gain.regressors import RegressorBuilder, standard_features

N = 300


def test_features_are_standardised_and_constant_ones_left_out() -> None:
    values_NF = np.column_stack([np.arange(N), np.full(N, 2.0)])
    features = ItemFeatures(("a", "constant"), values_NF.astype(float))
    scaled_NF = standard_features(ForecastInputs(N, (in_full(np.ones(N)),), None, features))
    assert scaled_NF.shape == (N, 1)
    assert scaled_NF.mean() == pytest.approx(0)
    assert scaled_NF.std() == pytest.approx(1)


def test_before_any_score_the_expected_mean_is_the_latest_rounds() -> None:
    scores_RN = rounds_world([0.05], items=N)
    inputs = ForecastInputs(N, (in_full(scores_RN[0]), in_full(scores_RN[1], "round-1")))
    regressors = RegressorBuilder(inputs, None).regressors(None)
    expected_N = item_model(regressors, np.empty(0, np.intp), np.empty(0)).expected_N
    assert expected_N.mean() == pytest.approx(scores_RN[1].mean(), abs=1e-6)


def test_items_that_were_right_before_are_expected_to_be_right_again() -> None:
    scores_RN = rounds_world([0.05], items=N)
    inputs = ForecastInputs(N, tuple(in_full(score_N) for score_N in scores_RN))
    regressors = RegressorBuilder(inputs, None).regressors(None)
    expected_N = item_model(regressors, np.empty(0, np.intp), np.empty(0)).expected_N
    right_N = scores_RN[1] > 0
    assert expected_N[right_N].min() > expected_N[~right_N].max()
