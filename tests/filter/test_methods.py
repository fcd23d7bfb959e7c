from collections import Counter

import numpy as np
import pytest

from iwsi.filter.methods import METHODS
from iwsi.filter.verdict import Candidates
from iwsi.recipe.filter import FILTERS, filter_section, owners

MAJORITY = [None, "minority_answer", "tie", "no_answer", "truncated"]


def _candidates(reasons, **measured):
    """Candidates of one question each, unless told otherwise; entropy 0, all of like length."""
    size = len(reasons)
    columns = {
        "question_C": np.arange(size),
        "vote_share_C": np.ones(size),
        "vote_entropy_C": np.zeros(size),
        "text_C": [f"text {i}" for i in range(size)],
        "num_tokens_C": np.full(size, 10),
    }
    columns |= {name: np.array(values) for name, values in measured.items()}
    return Candidates(vote_reason_C=np.array(reasons, dtype=object), **columns)


def _judge(method, candidates, **rule):
    return METHODS[method].judge(candidates, _section(method, **rule))


def _section(method, **keys):
    """Its section, with those of the keys that it has."""
    keys = {"reward_model": "org/model"} | keys
    return filter_section(method, **{k: v for k, v in keys.items() if method in owners(k)})


def _random(seed, size=200):
    """Candidates of which all is known, as it might be."""
    rng = np.random.default_rng(seed)
    reasons = rng.choice(np.array(MAJORITY, dtype=object), size, p=[0.6, 0.1, 0.1, 0.1, 0.1])
    weight = np.exp(np.abs(rng.normal(size=size)))
    return _candidates(
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
        verdict = _judge(method, candidates, max_per_question=most)
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
    verdict = _judge(method, candidates)
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
    verdict = _judge(method, _random(1), keep=0.5)
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
        _judge(method, candidates).keep_C[order], _judge(method, shuffled).keep_C
    )


def test_lmsi_keeps_the_majority_and_has_no_score():
    verdict = _judge("lmsi", _candidates(MAJORITY), keep=0.1)
    assert list(verdict.reason_C) == MAJORITY
    assert np.isnan(verdict.score_C).all()


def test_entropy_keeps_up_to_its_threshold():
    verdict = _judge(
        "entropy", _candidates([None] * 3, vote_entropy_C=[0.2, 0.4, 0.41]), max_entropy=0.4
    )
    assert list(verdict.reason_C) == [None, None, "high_entropy"]


def test_the_largest_vote_shares_are_kept():
    verdict = _judge("vote_share", _candidates([None] * 3, vote_share_C=[0.5, 0.9, 0.7]), keep=0.5)
    assert list(verdict.reason_C) == ["low_vote_share", None, None]


def test_confidence_keeps_the_lowest_losses_of_the_model_that_sampled():
    candidates = _candidates([None, None, "tie", None], sampled_nll_C=[0.3, 0.1, 0.0, 0.2])
    verdict = _judge("confidence", candidates, keep=0.5)
    assert list(verdict.reason_C) == ["low_confidence", None, "tie", None]


def test_confidence_of_the_best_keeps_one_candidate_a_question():
    candidates = _candidates(
        [None] * 5, question_C=[0, 0, 1, 1, 2], sampled_nll_C=[0.3, 0.1, 0.2, 0.4, 0.9]
    )
    verdict = _judge("confidence", candidates, keep=0.6, per_question="best")
    dropped = "not_best_of_question"
    assert list(verdict.reason_C) == [dropped, None, None, dropped, "low_confidence"]


def test_a_loss_below_the_labelled_examples_is_no_shift_to_one_side():
    candidates = _candidates(
        [None] * 3, nll_C=[0.01, 1.0, 3.0], validation_nll_V=[0.5, 1.5], ds_weight_C=[100, 1, 3.0]
    )
    assert list(_judge("iwsi_one_sided", candidates, keep=0.6).reason_C) == [
        None,
        None,
        "high_ds_weight",
    ]
    assert _judge("iwsi", candidates, keep=0.6).reason_C[0] == "high_ds_weight"


def test_auto_keeps_what_is_likeliest_right_with_the_probability_as_its_score():
    candidates = _candidates([None, None, "tie", None], probability_C=[0.9, 0.5, 0.99, 0.7])
    verdict = _judge("auto", candidates, keep=0.6)
    assert list(verdict.reason_C) == [None, "low_probability", "tie", None]
    assert verdict.score_C[1] == 0.5


def test_auto_keeps_as_much_as_reaches_the_precision():
    candidates = _candidates([None] * 4, probability_C=[0.9, 0.5, 0.8, np.nan])
    verdict = _judge("auto", candidates, min_precision=0.8)
    # Means of the best 1, 2, 3: .9, .85, .73.
    assert list(verdict.reason_C) == [None, "low_probability", None, "no_probability"]


def test_auto_makes_the_probability_a_loss_weight_where_asked():
    candidates = _candidates([None] * 2, probability_C=[0.9, 0.5])
    weight = METHODS["auto"].loss_weight
    assert weight(candidates, _section("auto")).tolist() == [1.0, 1.0]
    assert weight(candidates, _section("auto", weigh_by_probability=True)).tolist() == [0.9, 0.5]


def test_the_model_is_compared_with_its_right_answers():
    candidates = _candidates(
        [None] * 3, sampled_nll_C=[0.05, 0.2, 0.9], right_answer_nll_R=[0.04, 0.06]
    )
    verdict = _judge("iwsi_right_answers", candidates, keep=0.3)
    assert list(verdict.reason_C) == [None, "high_ds_weight", "high_ds_weight"]


def test_the_highest_ratings_are_kept_and_what_was_not_rated_is_dropped():
    candidates = _candidates([None] * 4, rating_C=[3.0, np.nan, 9.0, 10.0])
    verdict = _judge("self", candidates, keep=0.6)
    assert list(verdict.reason_C) == ["low_rating", "no_rating", None, None]


def test_a_cut_through_equal_ratings_takes_no_question_before_another():
    candidates = _candidates(
        [None] * 6, question_C=[0, 0, 0, 1, 1, 1], rating_C=[10.0, 10, 10, 10, 10, 10]
    )
    verdict = _judge("self", candidates, keep=2 / 3)
    assert verdict.keep_C.tolist() == [True, True, False, True, True, False]


def test_the_highest_rewards_are_kept():
    verdict = _judge("rm", _candidates([None] * 4, reward_C=[-1.0, 2, 0, np.nan]), keep=0.5)
    assert list(verdict.reason_C) == ["low_reward", None, None, "no_reward"]


def test_the_weighted_loss_drops_nothing_that_has_a_weight():
    candidates = _candidates(
        ["tie", None, None, None, None], ds_weight_C=[np.nan, 1.0, 2.0, 100.0, np.inf]
    )
    verdict = _judge("iwsi_weighted", candidates, keep=0.1)
    assert list(verdict.reason_C) == ["tie", None, None, None, "no_finite_loss"]
    weight = METHODS["iwsi_weighted"].loss_weight(
        candidates, filter_section("iwsi_weighted", weight_cap=4)
    )
    assert weight[1:].tolist() == [1.0, 0.5, 0.25, 0.25]  # 1/2; 1/100 and 0 at the cap


def test_a_like_length_is_what_a_loss_is_compared_with():
    # Short validation answers have twice the loss of long ones; so have the candidates, and the
    # two of the wrong length's loss are the shifted ones.
    candidates = _candidates(
        [None] * 4,
        num_tokens_C=[10, 100, 10, 100],
        nll_C=[2.0, 1.0, 1.0, 2.0],
        validation_nll_V=[2.0] * 20 + [1.0] * 20,
        validation_tokens_V=[10] * 20 + [100] * 20,
    )
    verdict = _judge("iwsi_length", candidates, keep=0.5)
    assert list(verdict.reason_C) == [None, None, "high_ds_weight", "high_ds_weight"]


def test_an_outlier_by_length_is_dropped_however_usual_its_loss():
    rng = np.random.default_rng(0)
    candidates = _candidates(
        [None, None, None, "tie", None],
        num_tokens_C=[30, 6, 30, 30, 30],
        nll_C=[1.0, 1.0, 3.0, 1.0, np.nan],
        validation_nll_V=rng.normal(1, 0.1, 50),
        validation_tokens_V=rng.integers(25, 36, 50),
    )
    verdict = _judge("conformal", candidates, keep=0.1)
    assert list(verdict.reason_C) == [None, "outlier", "outlier", "tie", "no_finite_loss"]
    assert verdict.score_C[0] > 0.05 >= verdict.score_C[1]


def test_density_keeps_what_looks_most_like_validation_rows():
    verdict = _judge("density", _candidates([None] * 4, log_ratio_C=[0.0, -3, 2, 1]), keep=0.5)
    assert verdict.keep_C.tolist() == [False, False, True, True]


def test_balanced_keeps_as_many_of_each_question_as_the_share_allows():
    candidates = _candidates([None] * 10, question_C=[0] * 6 + [1] * 3 + [2])
    # Limits of 2 and 3 keep 5 and 7 of 10.
    kept = _judge("balanced", candidates, keep=0.6).keep_C
    assert [int(kept[candidates.question_C == q].sum()) for q in range(3)] == [2, 2, 1]
    assert _judge("balanced", candidates, keep=1.0).keep_C.all()
    assert _judge("balanced", candidates, keep=0.1).keep_C.sum() == 3  # never less than one each
    assert _judge("balanced", candidates, max_per_question=3).keep_C.sum() == 7


def test_easy_questions_count_less_and_hard_ones_alike():
    candidates = _candidates([None] * 4, vote_share_C=[1.0, 0.75, 0.5, 0.2])
    weight = METHODS["balanced"].loss_weight(candidates, filter_section("balanced", weight_cap=5))
    assert weight.tolist() == [0.2, 0.5, 1.0, 1.0]


def test_an_earlier_answer_to_the_same_question_makes_a_duplicate():
    text = "First 3 + 4 = 7, then 7 + 1 = 8. The answer is 8."
    candidates = _candidates(
        [None, "tie", None, None, None],
        question_C=[0, 0, 0, 0, 1],
        text_C=[text, text, text + " ", "Three and four and one are 8.", text],
    )
    verdict = _judge("distinct", candidates)
    assert list(verdict.reason_C) == [None, "tie", "near_duplicate", None, None]


def test_the_oracle_goes_by_the_labels_where_there_is_an_answer():
    verdict = _judge("oracle", _candidates(MAJORITY, correct_C=[False, True, False, False, True]))
    assert list(verdict.reason_C) == [
        "wrong_answer",
        None,
        "wrong_answer",
        "no_answer",
        "truncated",
    ]


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.needs])
def test_a_method_without_what_it_needs_does_not_judge(method):
    with pytest.raises(RuntimeError, match="without what its method needs"):
        _judge(method, _candidates([None, None]))
