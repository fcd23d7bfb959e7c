import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.select.anchor_points import AnchorPointsDesign, PredictorAnchorsDesign


def _items(design, history, budget):
    selection = design.fit(history).select(budget, np.random.default_rng(0))
    return selection.items_Tn[0].tolist()


def test_there_is_one_anchor_for_each_group_of_like_items():
    """Items 0 to 4 are copies of one, 5 to 9 of another that has nothing to do with it."""
    kinds_M2 = np.random.default_rng(0).random((50, 2))
    history = ScoreMatrix.from_array(np.repeat(kinds_M2, 5, axis=1))
    assert sorted(item // 5 for item in _items(AnchorPointsDesign(), history, 2)) == [0, 1]


def test_a_predictors_anchors_take_opposite_items_for_alike():
    """Two items and their opposites: one of each pair is enough to predict all four."""
    kinds_M2 = np.random.default_rng(0).random((50, 2))
    scores_M4 = np.stack(
        [kinds_M2[:, 0], 1 - kinds_M2[:, 0], kinds_M2[:, 1], 1 - kinds_M2[:, 1]], 1
    )
    items = _items(PredictorAnchorsDesign(), ScoreMatrix.from_array(scores_M4), 2)
    assert sorted(item // 2 for item in items) == [0, 1]


def test_without_a_history_the_items_are_random():
    empty = ScoreMatrix.from_array(np.ones((1, 10))).take_models([])
    assert len(set(_items(AnchorPointsDesign(), empty, 4))) == 4
