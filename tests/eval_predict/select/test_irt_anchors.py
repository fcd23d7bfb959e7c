import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.select.irt_anchors import IRTAnchorsDesign


def test_anchors_reach_from_hard_to_easy_items():
    rng = np.random.default_rng(0)
    ability, ease = rng.normal(size=(50, 1)), np.linspace(-3, 3, 60)
    scores = (rng.random((50, 60)) < 1 / (1 + np.exp(-ability - ease))).astype(float)
    design = IRTAnchorsDesign().fit(ScoreMatrix.from_array(scores))
    items = design.select(8, rng).items_Tn[0]
    assert (items < 20).any()
    assert (items >= 40).any()


def test_items_that_cannot_be_distinguished_still_fill_the_budget():
    design = IRTAnchorsDesign().fit(ScoreMatrix.from_array(np.ones((6, 10))))
    items = design.select(4, np.random.default_rng(0)).items_Tn[0]
    assert len(set(items.tolist())) == 4


def test_scores_beyond_one_are_scaled():
    scores = np.random.default_rng(0).normal(size=(8, 10)) * 5
    design = IRTAnchorsDesign().fit(ScoreMatrix.from_array(scores))
    assert np.isfinite(design.traits_Nd_).all()
