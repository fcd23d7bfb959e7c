import numpy as np
import pytest
from worlds import observed_on

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.predict.published import irt
from eval_predict.predict.published.irt import GPIRT, PIRT


def _easy_and_hard():
    """Ten items: four that all models solve, four that none does, two that half of them do."""
    scores_MN = np.zeros((40, 10))
    scores_MN[:, :4] = 1
    scores_MN[::2, 8] = 1
    scores_MN[::2, 9] = 1
    return ScoreMatrix.from_array(scores_MN)


@pytest.mark.parametrize("kind", [PIRT, GPIRT])
def test_items_that_were_not_observed_count_by_how_likely_they_are_solved(kind):
    """Near (4 · 1 + 4 · 0 + the two that were seen) / 10."""
    fitted = kind().fit(_easy_and_hard())
    for scores in ([1, 1], [0, 0]):
        expected = (4 + sum(scores)) / 10
        found = fitted.predict(observed_on([8, 9], scores)).value
        # gp-IRT mixes in the mean of the two scores themselves.
        assert found == pytest.approx(expected, abs=0.05 if kind is PIRT else 0.35)


def test_an_item_weighs_by_the_items_that_are_nearest_to_it():
    class Responses:
        traits_Nd = np.array([[0.0], [0.1], [0.2], [5.0], [5.1]])

    shares_n = irt._cluster_shares(Responses(), np.array([1, 4]))
    assert shares_n.tolist() == [3 / 5, 2 / 5]


def test_too_few_models_to_hold_some_out_count_as_an_error_of_one_half():
    assert irt._held_out_error(np.ones((5, 10))) == 0.5
