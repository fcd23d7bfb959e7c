import numpy as np
import pytest
from worlds import observed_on

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.predict.published.mean_ridge import MeanRidge


def _history(models=30, items=20):
    rng = np.random.default_rng(0)
    return ScoreMatrix.from_array(rng.random((models, items)))


def test_a_target_like_the_mean_of_the_models_has_the_mean_of_their_scores():
    """With scores at the models' means only the intercept is left, whatever the weights."""
    history = _history()
    items = [0, 3, 8, 11]
    mean_N = history.dense_MN().mean(axis=0)
    value = MeanRidge().fit(history).predict(observed_on(items, mean_N[items])).value
    assert value == pytest.approx(mean_N.mean(), abs=1e-6)


def test_a_mean_that_is_linear_in_the_observed_items_is_found():
    """Four copies of one item, two of another: the mean is 4/6 of one and 2/6 of the other."""
    kinds_M2 = np.random.default_rng(0).random((60, 2))
    history = ScoreMatrix.from_array(kinds_M2[:, [0, 0, 0, 0, 1, 1]])
    value = MeanRidge().fit(history).predict(observed_on([0, 4], [0.9, 0.3])).value
    assert value == pytest.approx(4 / 6 * 0.9 + 2 / 6 * 0.3, abs=0.01)
