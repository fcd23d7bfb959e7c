import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.select.lasso import LassoDesign


def _items(history, budget):
    return LassoDesign().fit(history).select(budget, np.random.default_rng(0)).items_Tn[0].tolist()


def test_the_items_that_the_whole_score_follows_are_kept():
    """Items 3 and 7 alone differ between models, so that no other can have a weight."""
    scores_MN = np.full((40, 10), 0.5)
    scores_MN[:, [3, 7]] = np.random.default_rng(0).random((40, 2))
    assert sorted(_items(ScoreMatrix.from_array(scores_MN), 2)) == [3, 7]


def test_a_budget_beyond_what_the_lasso_keeps_is_filled_at_random():
    scores_MN = np.full((40, 10), 0.5)
    scores_MN[:, 3] = np.random.default_rng(0).random(40)
    items = _items(ScoreMatrix.from_array(scores_MN), 4)
    assert 3 in items
    assert len(set(items)) == 4
