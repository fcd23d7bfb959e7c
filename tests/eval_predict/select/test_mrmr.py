import numpy as np
from worlds import rasch_world

from eval_predict import ScoreMatrix
from eval_predict.select.mrmr import MRMRDesign


def test_a_copy_of_a_chosen_item_is_chosen_late() -> None:
    scores_MN = rasch_world(80, 40, seed=1).dense_MN()
    first = MRMRDesign().fit(ScoreMatrix.from_array(scores_MN)).select(1, np.random.default_rng(0))
    best = int(first.items_Tn[0, 0])
    copied_MN = np.column_stack([scores_MN, scores_MN[:, best]])
    design = MRMRDesign().fit(ScoreMatrix.from_array(copied_MN))
    items = design.select(4, np.random.default_rng(0)).items_Tn[0].tolist()
    assert len({best, 40} & set(items)) == 1


def test_graded_scores_are_chosen_too() -> None:
    rng = np.random.default_rng(0)
    ability_M = rng.normal(size=(30, 1))
    scores_MN = 1 / (1 + np.exp(-ability_M - rng.normal(size=25) - rng.normal(size=(30, 25))))
    selection = MRMRDesign().fit(ScoreMatrix.from_array(scores_MN)).select(8, rng)
    assert len(set(selection.items_Tn[0].tolist())) == 8
