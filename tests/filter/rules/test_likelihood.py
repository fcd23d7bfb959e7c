import numpy as np
import pytest

from iwsi.filter.rules.likelihood import by_likelihood_ratio, grape
from iwsi.filter.verdict import Candidates
from iwsi.recipe.filter import filter_section


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
