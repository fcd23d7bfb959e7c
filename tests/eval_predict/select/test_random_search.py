import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.select.random_search import RandomSearchDesign


def test_more_tries_find_items_that_judge_better():
    # Two items carry the whole score, the others are noise.
    rng = np.random.default_rng(0)
    scores = rng.random((40, 12)) * 0.01
    scores[:, [3, 8]] = rng.random((40, 2))
    design = RandomSearchDesign(tries=400).fit(ScoreMatrix.from_array(scores))
    selection = design.select(2, np.random.default_rng(1))
    assert set(selection.items_Tn[0].tolist()) == {3, 8}


def test_few_models_leave_a_random_choice():
    design = RandomSearchDesign().fit(ScoreMatrix.from_array(np.eye(3)))
    assert design.select(2, np.random.default_rng(0)).items_Tn.shape == (1, 2)
