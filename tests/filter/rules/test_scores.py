import numpy as np
from filter_candidates import judge, made_candidates


def test_the_highest_ratings_are_kept_and_what_was_not_rated_is_dropped():
    candidates = made_candidates([None] * 4, rating_C=[3.0, np.nan, 9.0, 10.0])
    verdict = judge("self", candidates, keep=0.6)
    assert list(verdict.reason_C) == ["low_rating", "no_rating", None, None]


def test_a_cut_through_equal_ratings_takes_no_question_before_another():
    candidates = made_candidates(
        [None] * 6, question_C=[0, 0, 0, 1, 1, 1], rating_C=[10.0, 10, 10, 10, 10, 10]
    )
    verdict = judge("self", candidates, keep=2 / 3)
    assert verdict.keep_C.tolist() == [True, True, False, True, True, False]


def test_the_highest_rewards_are_kept():
    verdict = judge("rm", made_candidates([None] * 4, reward_C=[-1.0, 2, 0, np.nan]), keep=0.5)
    assert list(verdict.reason_C) == ["low_reward", None, None, "no_reward"]


def test_density_keeps_what_looks_most_like_validation_rows():
    verdict = judge("density", made_candidates([None] * 4, log_ratio_C=[0.0, -3, 2, 1]), keep=0.5)
    assert verdict.keep_C.tolist() == [False, False, True, True]
