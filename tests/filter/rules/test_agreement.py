import numpy as np
from filter_candidates import judge, made_candidates

from iwsi.filter.methods import METHODS
from iwsi.recipe.filter import filter_section

MAJORITY = [None, "minority_answer", "tie", "no_answer", "truncated"]


def test_lmsi_keeps_the_majority_and_has_no_score():
    verdict = judge("lmsi", made_candidates(MAJORITY), keep=0.1)
    assert list(verdict.reason_C) == MAJORITY
    assert np.isnan(verdict.score_C).all()


def test_entropy_keeps_up_to_its_threshold():
    verdict = judge(
        "entropy", made_candidates([None] * 3, vote_entropy_C=[0.2, 0.4, 0.41]), max_entropy=0.4
    )
    assert list(verdict.reason_C) == [None, None, "high_entropy"]


def test_the_largest_vote_shares_are_kept():
    verdict = judge(
        "vote_share", made_candidates([None] * 3, vote_share_C=[0.5, 0.9, 0.7]), keep=0.5
    )
    assert list(verdict.reason_C) == ["low_vote_share", None, None]


def test_balanced_keeps_as_many_of_each_question_as_the_share_allows():
    candidates = made_candidates([None] * 10, question_C=[0] * 6 + [1] * 3 + [2])
    # Limits of 2 and 3 keep 5 and 7 of 10.
    kept = judge("balanced", candidates, keep=0.6).keep_C
    assert [int(kept[candidates.question_C == q].sum()) for q in range(3)] == [2, 2, 1]
    assert judge("balanced", candidates, keep=1.0).keep_C.all()
    assert judge("balanced", candidates, keep=0.1).keep_C.sum() == 3  # never less than one each
    assert judge("balanced", candidates, max_per_question=3).keep_C.sum() == 7


def test_easy_questions_count_less_and_hard_ones_alike():
    candidates = made_candidates([None] * 4, vote_share_C=[1.0, 0.75, 0.5, 0.2])
    weight = METHODS["balanced"].loss_weight(candidates, filter_section("balanced", weight_cap=5))
    assert weight.tolist() == [0.2, 0.5, 1.0, 1.0]
