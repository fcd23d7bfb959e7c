from collections import Counter

import numpy as np
import pytest
from filter_candidates import judge, made_candidates

from iwsi.filter.methods import METHODS
from iwsi.filter.verdict import Candidates
from iwsi.recipe.filter import FILTERS

MAJORITY = [None, "minority_answer", "tie", "no_answer", "truncated"]


def _random(seed, size=200):
    """Candidates of which all is known, as it might be."""
    rng = np.random.default_rng(seed)
    reasons = rng.choice(np.array(MAJORITY, dtype=object), size, p=[0.6, 0.1, 0.1, 0.1, 0.1])
    weight = np.exp(np.abs(rng.normal(size=size)))
    return made_candidates(
        reasons,
        question_C=rng.integers(0, 30, size),
        vote_share_C=rng.uniform(0.1, 1, size),
        vote_entropy_C=rng.uniform(size=size),
        text_C=rng.choice(["a text", "a text.", "quite another", "a third one"], size),
        num_tokens_C=rng.integers(5, 50, size),
        sampled_nll_C=rng.exponential(size=size),
        nll_C=1 / weight,
        ds_weight_C=np.where(rng.uniform(size=size) < 0.05, np.nan, weight),
        validation_nll_V=rng.uniform(0.5, 1.5, 20),
        validation_tokens_V=rng.integers(5, 50, 20),
        rating_C=np.where(rng.uniform(size=size) < 0.1, np.nan, rng.integers(0, 11, size)),
        reward_C=rng.normal(size=size),
        log_ratio_C=rng.normal(size=size),
        right_answer_nll_R=rng.uniform(0.5, 1.5, 20),
        probability_C=rng.uniform(size=size),
        correct_C=rng.uniform(size=size) < 0.5,
    )


def test_every_method_that_a_recipe_may_name_is_there():
    assert set(METHODS) == set(FILTERS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("most", [None, 2])
def test_every_drop_has_a_reason_and_the_limit_holds(method, most):
    for seed in range(5):
        candidates = _random(seed)
        before = candidates.vote_reason_C.copy()
        verdict = judge(method, candidates, max_per_question=most)
        assert verdict.keep_C.sum() > 0
        assert [reason is None for reason in verdict.reason_C] == verdict.keep_C.tolist()
        assert all(isinstance(why, str) for why in verdict.reason_C[~verdict.keep_C])
        assert verdict.score_C.shape == verdict.keep_C.shape
        assert (candidates.vote_reason_C == before).all()
        per_question = Counter(candidates.question_C[verdict.keep_C].tolist())
        assert most is None or max(per_question.values()) <= most


@pytest.mark.parametrize("method", [name for name in METHODS if name != "oracle"])
def test_what_the_vote_dropped_stays_dropped_for_the_votes_reason(method):
    candidates = _random(0)
    verdict = judge(method, candidates)
    dropped = ~np.equal(candidates.vote_reason_C, None).astype(bool)
    assert (verdict.reason_C[dropped] == candidates.vote_reason_C[dropped]).all()


@pytest.mark.parametrize(
    "method",
    [
        "self",
        "rm",
        "iwsi",
        "iwsi_length",
        "iwsi_one_sided",
        "density",
        "random",
        "confidence",
        "vote_share",
    ],
)
def test_the_share_is_of_what_the_vote_left_and_could_be_ranked(method):
    verdict = judge(method, _random(1), keep=0.5)
    reasons = Counter(verdict.reason_C.tolist())
    low = {"self": "low_rating", "rm": "low_reward", "density": "low_density_ratio"}
    low |= {"random": "not_drawn", "confidence": "low_confidence", "vote_share": "low_vote_share"}
    assert abs(reasons[None] - reasons[low.get(method, "high_ds_weight")]) <= 1


@pytest.mark.parametrize(
    "method",
    sorted(
        METHODS.keys() - {"balanced", "distinct", "random", "self", "vote_share", "iwsi_one_sided"}
    ),
)
def test_the_order_of_rows_matters_to_no_method_that_ranks_without_ties(method):
    candidates = _random(2)
    order = np.random.default_rng(0).permutation(len(candidates.question_C))
    shuffled = Candidates(
        **{
            name: None if value is None else value if name.endswith(("_V", "_R")) else value[order]
            for name in Candidates.__slots__
            for value in [getattr(candidates, name)]
        }
    )
    np.testing.assert_array_equal(
        judge(method, candidates).keep_C[order], judge(method, shuffled).keep_C
    )


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.needs])
def test_a_method_without_what_it_needs_does_not_judge(method):
    with pytest.raises(RuntimeError, match="without what its method needs"):
        judge(method, made_candidates([None, None]))
