import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.published.mrmr import MRMRRidge


def _observed(items, scores):
    """One target on some items, none of them drawn with a probability of its own."""
    shape = (1, len(items))
    return Observed(
        np.array([items]),
        np.array([scores], float),
        np.full(shape, np.nan),
        np.zeros(shape[1], int),
    )


def _history(models=30, items=20):
    rng = np.random.default_rng(0)
    return ScoreMatrix.from_array(rng.random((models, items)))


def test_a_target_like_the_mean_of_the_models_has_the_mean_of_their_scores():
    """With scores at the models' means only the intercept is left, whatever the weights."""
    history = _history()
    items = [0, 3, 8, 11]
    mean_N = history.dense_MN().mean(axis=0)
    value = MRMRRidge().fit(history).predict(_observed(items, mean_N[items])).value
    assert value == pytest.approx(mean_N.mean(), abs=1e-6)


def test_the_penalties_that_are_tried_are_those_of_the_kind_of_scores():
    binary = ScoreMatrix.from_array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    assert min(MRMRRidge().fit(binary).alphas_) == pytest.approx(0.1)
    assert max(MRMRRidge().fit(_history()).alphas_) == pytest.approx(100)
