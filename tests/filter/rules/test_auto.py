import numpy as np
from filter_candidates import judge, made_candidates, section

from iwsi.filter.methods import METHODS


def test_auto_keeps_what_is_likeliest_right_with_the_probability_as_its_score():
    candidates = made_candidates([None, None, "tie", None], probability_C=[0.9, 0.5, 0.99, 0.7])
    verdict = judge("auto", candidates, keep=0.6)
    assert list(verdict.reason_C) == [None, "low_probability", "tie", None]
    assert verdict.score_C[1] == 0.5


def test_auto_keeps_as_much_as_reaches_the_precision():
    candidates = made_candidates([None] * 4, probability_C=[0.9, 0.5, 0.8, np.nan])
    verdict = judge("auto", candidates, min_precision=0.8)
    # Means of the best 1, 2, 3: .9, .85, .73.
    assert list(verdict.reason_C) == [None, "low_probability", None, "no_probability"]


def test_auto_makes_the_probability_a_loss_weight_where_asked():
    candidates = made_candidates([None] * 2, probability_C=[0.9, 0.5])
    weight = METHODS["auto"].loss_weight
    assert weight(candidates, section("auto")).tolist() == [1.0, 1.0]
    assert weight(candidates, section("auto", weigh_by_probability=True)).tolist() == [0.9, 0.5]
