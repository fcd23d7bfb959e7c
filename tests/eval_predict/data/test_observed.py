import numpy as np

from eval_predict.data.observed import Observed, Selection

SCORES_TN = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
FIRST = Selection(np.array([[2, 0]]), np.array([[0.5, 0.5]]))
LATER = Selection(np.array([[1], [3]]), np.array([[0.25], [0.75]]))


def test_one_selection_serves_every_target():
    observed = Observed.of(FIRST, SCORES_TN)
    assert observed.scores_Tn.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert observed.probability_Tn.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_a_later_draw_is_a_stage_of_its_own():
    observed = Observed.of(FIRST, SCORES_TN).extend(LATER, SCORES_TN)
    assert observed.items_Tn.tolist() == [[2, 0, 1], [2, 0, 3]]
    assert observed.stage_n.tolist() == [0, 0, 1]


def test_some_items_and_some_targets_can_be_taken():
    observed = Observed.of(FIRST, SCORES_TN).extend(LATER, SCORES_TN)
    assert observed.columns(observed.stage_n == 1).items_Tn.tolist() == [[1], [3]]
    assert observed.rows(slice(1, 2)).scores_Tn.tolist() == [[0.0, 1.0, 0.0]]
    assert observed.with_scores(observed.scores_Tn * 2).scores_Tn.max() == 2
