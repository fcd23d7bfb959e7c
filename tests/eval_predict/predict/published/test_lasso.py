import numpy as np
import pytest
from worlds import observed_on

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.predict.published.lasso import LassoRegression


def _history(models=30, items=20):
    rng = np.random.default_rng(0)
    return ScoreMatrix.from_array(rng.random((models, items)))


def test_a_target_like_the_mean_of_the_models_has_the_mean_of_their_scores():
    """With scores at the models' means only the intercept is left, whatever the weights."""
    history = _history()
    items = [0, 3, 8, 11]
    mean_N = history.dense_MN().mean(axis=0)
    value = LassoRegression().fit(history).predict(observed_on(items, mean_N[items])).value
    assert value == pytest.approx(mean_N.mean(), abs=1e-6)


def test_an_item_that_says_all_of_the_whole_score_is_followed():
    """Every item is a copy of one: a score above its mean is a whole score as far above."""
    score_M = np.random.default_rng(0).random(60)
    history = ScoreMatrix.from_array(np.repeat(score_M[:, None], 5, axis=1))
    value = LassoRegression().fit(history).predict(observed_on([2], [0.75])).value
    assert value == pytest.approx(0.75, abs=0.02)
