import numpy as np
import pytest
from sklearn.linear_model import Ridge
from worlds import observed_on

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.predict.published.aipw import PublishedAIPW


def _history(models=30, items=20):
    rng = np.random.default_rng(0)
    return ScoreMatrix.from_array(rng.random((models, items)))


def test_the_value_is_scikit_learns_ridge_at_the_items_that_were_notobserved_on():
    """A ridge of penalty 10 from the models' scores of an item to the target's."""
    history = _history()
    items, scores = [1, 4, 7, 9, 15], [1, 0, 1, 1, 0]
    features_NM = history.dense_MN().T
    ridge = Ridge(alpha=10).fit(features_NM[items], scores)
    rest = np.setdiff1d(np.arange(20), items)
    estimate = PublishedAIPW().fit(history).predict(observed_on(items, scores))
    assert estimate.value == pytest.approx(ridge.predict(features_NM[rest]).mean(), abs=1e-5)
