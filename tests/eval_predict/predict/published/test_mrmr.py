import numpy as np
import pytest
from worlds import observed_on

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.predict.published.mrmr import MRMRRidge


def _history(models=30, items=20):
    rng = np.random.default_rng(0)
    return ScoreMatrix.from_array(rng.random((models, items)))


def test_a_target_like_the_mean_of_the_models_has_the_mean_of_their_scores():
    """With scores at the models' means only the intercept is left, whatever the weights."""
    history = _history()
    items = [0, 3, 8, 11]
    mean_N = history.dense_MN().mean(axis=0)
    value = MRMRRidge().fit(history).predict(observed_on(items, mean_N[items])).value
    assert value == pytest.approx(mean_N.mean(), abs=1e-6)


def test_the_penalties_that_are_tried_are_those_of_the_kind_of_scores():
    binary = ScoreMatrix.from_array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    assert min(MRMRRidge().fit(binary).alphas_) == pytest.approx(0.1)
    assert max(MRMRRidge().fit(_history()).alphas_) == pytest.approx(100)
