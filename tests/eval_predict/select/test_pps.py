import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.select.pps import PPSDesign, _with_floor


def test_a_size_has_three_tenths_of_the_mean_under_it():
    """Sizes 1 and 3 have the mean 2: 1 + 0.6 and 3 + 0.6. All nought are all alike."""
    assert _with_floor(np.array([[1.0, 3.0]])).round(9).tolist() == [[1.6, 3.6]]
    assert len(set(_with_floor(np.zeros((1, 3)))[0])) == 1


def test_items_of_middling_difficulty_are_likelier_drawn_and_probabilities_sum_to_the_budget():
    rng = np.random.default_rng(0)
    ability_M1, ease_N = rng.normal(size=(60, 1)), np.r_[np.zeros(20), np.full(20, 4.0)]
    scores_MN = (rng.random((60, 40)) < 1 / (1 + np.exp(-ability_M1 - ease_N))) * 1.0
    design = PPSDesign().fit(ScoreMatrix.from_array(scores_MN))
    probability_1N = design._probability(design.model_, 10)
    assert probability_1N.sum() == pytest.approx(10)
    assert probability_1N[0, :20].min() > probability_1N[0, 20:].mean()


def test_models_that_are_all_alike_make_an_even_draw():
    design = PPSDesign().fit(ScoreMatrix.from_array(np.ones((10, 20))))
    assert design._probability(design.model_, 5).tolist() == [[0.25] * 20]
