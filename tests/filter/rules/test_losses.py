import numpy as np
from filter_candidates import judge, made_candidates

from iwsi.filter.methods import METHODS
from iwsi.recipe.filter import filter_section


def test_a_loss_below_the_labelled_examples_is_no_shift_to_one_side():
    candidates = made_candidates(
        [None] * 3, nll_C=[0.01, 1.0, 3.0], validation_nll_V=[0.5, 1.5], ds_weight_C=[100, 1, 3.0]
    )
    assert list(judge("iwsi_one_sided", candidates, keep=0.6).reason_C) == [
        None,
        None,
        "high_ds_weight",
    ]
    assert judge("iwsi", candidates, keep=0.6).reason_C[0] == "high_ds_weight"


def test_the_model_is_compared_with_its_right_answers():
    candidates = made_candidates(
        [None] * 3, sampled_nll_C=[0.05, 0.2, 0.9], right_answer_nll_R=[0.04, 0.06]
    )
    verdict = judge("iwsi_right_answers", candidates, keep=0.3)
    assert list(verdict.reason_C) == [None, "high_ds_weight", "high_ds_weight"]


def test_the_weighted_loss_drops_nothing_that_has_a_weight():
    candidates = made_candidates(
        ["tie", None, None, None, None], ds_weight_C=[np.nan, 1.0, 2.0, 100.0, np.inf]
    )
    verdict = judge("iwsi_weighted", candidates, keep=0.1)
    assert list(verdict.reason_C) == ["tie", None, None, None, "no_finite_loss"]
    weight = METHODS["iwsi_weighted"].loss_weight(
        candidates, filter_section("iwsi_weighted", weight_cap=4)
    )
    assert weight[1:].tolist() == [1.0, 0.5, 0.25, 0.25]  # 1/2; 1/100 and 0 at the cap


def test_a_like_length_is_what_a_loss_is_compared_with():
    # Short validation answers have twice the loss of long ones; so have the candidates, and the
    # two of the wrong length's loss are the shifted ones.
    candidates = made_candidates(
        [None] * 4,
        num_tokens_C=[10, 100, 10, 100],
        nll_C=[2.0, 1.0, 1.0, 2.0],
        validation_nll_V=[2.0] * 20 + [1.0] * 20,
        validation_tokens_V=[10] * 20 + [100] * 20,
    )
    verdict = judge("iwsi_length", candidates, keep=0.5)
    assert list(verdict.reason_C) == [None, None, "high_ds_weight", "high_ds_weight"]


def test_an_outlier_by_length_is_dropped_however_usual_its_loss():
    rng = np.random.default_rng(0)
    candidates = made_candidates(
        [None, None, None, "tie", None],
        num_tokens_C=[30, 6, 30, 30, 30],
        nll_C=[1.0, 1.0, 3.0, 1.0, np.nan],
        validation_nll_V=rng.normal(1, 0.1, 50),
        validation_tokens_V=rng.integers(25, 36, 50),
    )
    verdict = judge("conformal", candidates, keep=0.1)
    assert list(verdict.reason_C) == [None, "outlier", "outlier", "tie", "no_finite_loss"]
    assert verdict.score_C[0] > 0.05 >= verdict.score_C[1]
