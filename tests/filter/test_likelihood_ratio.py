import numpy as np
import pytest
from scipy.stats import norm

from eval_predict.errors import UserError
from iwsi.filter.likelihood_ratio import loss_likelihood_ratio
from iwsi.filter.rules.likelihood import by_likelihood_ratio, grape
from iwsi.filter.verdict import Candidates
from iwsi.recipe.filter import filter_section


def test_the_ratio_is_that_of_the_densities_that_losses_were_drawn_from():
    rng = np.random.default_rng(0)
    at_N, at_V = rng.normal(0.0, 0.5, 20_000), rng.normal(0.3, 0.4, 5_000)
    ratio_N = loss_likelihood_ratio(np.exp(at_N), np.exp(at_V))
    truth_N = norm.pdf(at_N, 0.3, 0.4) / norm.pdf(at_N, 0.0, 0.5)
    inside = (at_N > -0.7) & (at_N < 1.2)
    assert np.abs(np.log(ratio_N[inside] / truth_N[inside])).max() < 0.35
    assert np.abs(np.log(ratio_N[inside] / truth_N[inside])).mean() < 0.06


def test_of_like_losses_the_ratio_is_about_one():
    rng = np.random.default_rng(1)
    nll_N = rng.lognormal(size=4000)
    ratio_N = loss_likelihood_ratio(nll_N, nll_N[:2000])
    assert np.median(ratio_N) == pytest.approx(1.0, abs=0.1)


def test_what_has_no_finite_loss_has_no_ratio():
    ratio_N = loss_likelihood_ratio(np.array([1.0, np.nan, np.inf, 0.0]), np.array([0.9, 1.1]))
    assert np.isfinite(ratio_N).tolist() == [True, False, False, False]


def test_a_density_wants_two_labelled_rows():
    with pytest.raises(UserError, match="at least 2 for a density"):
        loss_likelihood_ratio(np.array([1.0]), np.array([1.0, np.nan]))


def _candidates(question, reasons, **measured):
    size = len(question)
    return Candidates(
        question_C=np.array(question),
        vote_reason_C=np.array(reasons, dtype=object),
        vote_share_C=np.ones(size),
        vote_entropy_C=np.zeros(size),
        text_C=[""] * size,
        num_tokens_C=np.full(size, 5),
        **{name: np.array(values) for name, values in measured.items()},
    )


def test_grape_keeps_the_likeliest_of_each_questions_majority():
    candidates = _candidates(
        [0, 0, 0, 1, 1, 1],
        [None, None, "minority_answer", None, None, None],
        sampled_nll_C=[0.9, 0.5, 0.1, np.nan, 0.3, 0.2],
    )
    verdict = grape(candidates, filter_section("grape"))
    assert verdict.reason_C.tolist() == [
        "not_likeliest",
        None,
        "minority_answer",
        "no_finite_loss",
        "not_likeliest",
        None,
    ]
    assert grape(candidates, filter_section("grape", likeliest=2)).keep_C.sum() == 4


def test_weights_of_a_likelihood_ratio_stay_within_the_cap():
    rng = np.random.default_rng(2)
    candidates = _candidates(
        np.arange(500),
        [None] * 500,
        nll_C=rng.lognormal(0.0, 1.0, 500),
        validation_nll_V=rng.lognormal(1.0, 0.3, 100),
    )
    weight_C = by_likelihood_ratio(candidates, filter_section("likelihood_ratio", weight_cap=4.0))
    assert weight_C.min() == pytest.approx(0.5)
    assert weight_C.max() == pytest.approx(2.0)
    assert (
        weight_C[np.argmin(np.abs(candidates.nll_C - np.e))] > weight_C[candidates.nll_C.argmin()]
    )
