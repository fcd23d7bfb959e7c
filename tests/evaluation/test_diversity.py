from itertools import combinations

import numpy as np
import pytest

from iwsi.evaluation.diversity import closed_pass_at, diversity, pass_at, pass_at_k


@pytest.mark.parametrize("k", [1, 2, 4, 8, 15])
def test_pass_at_k_is_the_share_of_all_draws_of_k_that_hold_a_right_one(k):
    for n, right in ((15, 0), (15, 1), (15, 4), (15, 15)):
        draws = [min(draw) < right for draw in combinations(range(n), k)]
        found = pass_at_k(np.array([right]), np.array([n]), k)
        assert found == pytest.approx([np.mean(draws)])


def test_pass_at_more_than_was_sampled_is_unknown():
    assert np.isnan(pass_at_k(np.array([1]), np.array([3]), 4)).all()


def test_pass_at_goes_up_to_the_fewest_candidates_of_a_question():
    question_N = np.repeat([0, 1], [3, 5])
    correct_N = np.array([1, 0, 0, 0, 0, 0, 0, 1], bool)
    found = pass_at(correct_N, question_N)
    assert list(found) == [1, 2, 3]
    # Question 0: 1/3, 2/3, 1. Question 1: 1/5, 2/5, 3/5.
    assert [share.value for share in found.values()] == pytest.approx([4 / 15, 8 / 15, 4 / 5])


def test_pass_at_k_of_known_probabilities():
    found = closed_pass_at(np.array([0.5, 1.0]), 2)
    assert {k: share.value for k, share in found.items()} == {1: 0.75, 2: 0.875}


def _diversity(answers, texts=None, truncated=None, closed_list=False):
    """Of two questions with three candidates each."""
    cut = np.zeros(6, bool) if truncated is None else np.array(truncated, bool)
    return diversity(
        np.repeat([0, 1], 3),
        np.array(answers),
        np.array([0.0] * 3 + [0.6] * 3),
        np.array([2, 4, 6, 2, 4, 6]),
        cut,
        texts or ["a b c d e"] * 6,
        closed_list=closed_list,
    )


def test_diversity_counts_answers_and_agreement_by_question():
    found = _diversity([7, 7, 7, 7, 8, -1])
    assert (found.questions, found.candidates) == (2, 6)
    assert found.distinct_answers == 1.5
    assert found.unanimous == 0.5
    assert found.vote_entropy == 0.3
    assert found.mean_tokens == 4


def test_a_question_with_a_truncated_candidate_is_not_unanimous():
    found = _diversity([7, 7, 7, 8, 8, 8], truncated=[0, 0, 1, 0, 0, 0])
    assert found.unanimous == 0.5
    assert found.truncated == pytest.approx(1 / 6)


def test_equal_texts_are_all_repetition_and_unlike_ones_none():
    alike = _diversity([0] * 6)
    assert alike.distinct_4grams == pytest.approx(2 / 6)  # two 4-grams, three times
    assert alike.self_bleu == 1.0
    unlike = _diversity([0] * 6, [" ".join(f"w{i}-{j}" for j in range(6)) for i in range(6)])
    assert unlike.distinct_4grams == 1.0
    assert unlike.self_bleu < 0.1


def test_of_a_closed_list_texts_and_numbers_of_answers_say_nothing():
    found = _diversity([0, 1, 2, 0, 1, 2], closed_list=True)
    assert found.distinct_answers is None
    assert found.unanimous is None
    assert found.self_bleu is None
    assert found.vote_entropy == 0.3
