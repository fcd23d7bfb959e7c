import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.published.lasso import LassoRegression


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
    value = LassoRegression().fit(history).predict(_observed(items, mean_N[items])).value
    assert value == pytest.approx(mean_N.mean(), abs=1e-6)


def test_an_item_that_says_all_of_the_whole_score_is_followed():
    """Every item is a copy of one: a score above its mean is a whole score as far above."""
    score_M = np.random.default_rng(0).random(60)
    history = ScoreMatrix.from_array(np.repeat(score_M[:, None], 5, axis=1))
    value = LassoRegression().fit(history).predict(_observed([2], [0.75])).value
    assert value == pytest.approx(0.75, abs=0.02)
