import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from iwsi.filter.vote import vote


def _vote(rows, **options):
    """Vote over (question, answer) pairs."""
    questions, answers = zip(*rows, strict=True)
    return vote(pa.array(questions), pa.array(answers, pa.string()), **options)


def _majorities(result):
    return result.columns()["majority"].to_pylist()


def test_the_most_frequent_answer_wins():
    result = _vote([("a", "1"), ("a", "2"), ("a", "1"), ("b", "5")])
    assert _majorities(result) == ["1", "1", "1", "5"]
    assert result.agrees.tolist() == [True, False, True, True]
    assert list(result.reason) == [None, "minority_answer", None, None]
    assert result.vote_share[0] == pytest.approx(2 / 3)


def test_tie_is_no_majority():
    result = _vote([("a", "1"), ("a", "2"), ("b", "3")])
    assert _majorities(result) == [None, None, "3"]
    assert list(result.reason) == ["tie", "tie", None]
    assert np.isnan(result.vote_share[0])


def test_in_a_tie_of_two_the_trailing_answer_is_dropped_as_tie_too():
    result = _vote([("a", "1"), ("a", "2"), ("a", "1"), ("a", "2"), ("a", "3")])
    assert set(result.reason) == {"tie"}


def test_first_lets_the_answer_sampled_first_win_a_tie():
    rows = [("a", "9"), ("a", "2"), ("a", "1"), ("a", "1"), ("a", "2")]
    result = _vote(rows, tie="first")
    assert _majorities(result) == ["2"] * 5
    assert list(result.reason) == ["minority_answer", None] + ["minority_answer"] * 2 + [None]


def test_who_has_no_answer_or_was_cut_off_does_not_vote():
    rows = [("a", "1"), ("a", None), ("a", "2"), ("a", "2"), ("b", None)]
    cut = np.array([False, False, True, True, False])
    result = _vote(rows, truncated=cut)
    assert list(result.reason) == [None, "no_answer", "truncated", "truncated", "no_answer"]
    assert _majorities(result) == ["1", "1", "1", "1", None]


def test_entropy_is_zero_in_agreement_and_one_in_chaos():
    result = _vote([("a", "1")] * 4 + [("b", str(i)) for i in range(4)] + [("c", "1")])
    assert result.vote_entropy.tolist() == pytest.approx([0.0] * 4 + [1.0] * 4 + [0.0])


def test_questions_need_not_stand_together():
    result = _vote([("a", "1"), ("b", "2"), ("a", "1"), ("b", "3"), ("b", "3"), ("a", "2")])
    assert _majorities(result) == ["1", "3", "1", "3", "3", "1"]


def _by_hand(rows, tie):
    """The same by counting, one question at a time."""
    expected = []
    for question, answer in rows:
        votes = [a for q, a in rows if q == question and a is not None]
        counts = Counter(votes)
        top = max(counts.values(), default=0)
        leaders = [a for a in counts if counts[a] == top]  # in the order of first appearance
        winner = leaders[0] if len(leaders) == 1 or (leaders and tie == "first") else None
        shares = [count / len(votes) for count in counts.values()]
        scale = math.log(len(votes)) if len(votes) > 1 else 1.0
        entropy = -sum(s * math.log(s) for s in shares) / scale if votes else math.nan
        expected.append((winner, winner is not None and answer == winner, entropy))
    return expected


@pytest.mark.parametrize("tie", ["drop", "first"])
def test_agrees_with_counting_by_hand_on_random_ballots(tie):
    rng = np.random.default_rng(5)
    for _ in range(100):
        size = int(rng.integers(1, 40))
        answers = [None if a == 0 else str(a) for a in rng.integers(0, 5, size)]
        rows = list(zip(rng.integers(0, 6, size).astype(str).tolist(), answers, strict=True))
        result = _vote(rows, tie=tie)
        expected = _by_hand(rows, tie)
        assert _majorities(result) == [winner for winner, _, _ in expected]
        assert result.agrees.tolist() == [agrees for _, agrees, _ in expected]
        np.testing.assert_allclose(result.vote_entropy, [e for *_, e in expected], atol=1e-12)


def test_the_order_of_rows_does_not_matter_when_ties_are_dropped():
    rng = np.random.default_rng(6)
    rows = [(str(q), str(a)) for q, a in rng.integers(0, 7, (200, 2))]
    order = rng.permutation(len(rows))
    straight, shuffled = _vote(rows), _vote([rows[i] for i in order])
    np.testing.assert_array_equal(straight.agrees[order], shuffled.agrees)
    np.testing.assert_array_equal(straight.vote_share[order], shuffled.vote_share)


def test_no_candidates_is_an_empty_vote():
    result = vote(pa.array([], pa.string()), pa.array([], pa.string()))
    assert len(result.agrees) == 0


def test_candidates_without_an_answer_lower_the_share_of_all():
    result = _vote([("a", "5")] + [("a", None)] * 14)
    assert result.vote_share[0] == 1.0
    assert result.vote_share_all[0] == pytest.approx(1 / 15)


def test_candidates_cut_off_lower_the_share_of_all():
    cut = np.array([False, False, True, False])
    result = _vote([("a", "5"), ("a", "5"), ("a", "5"), ("a", "4")], truncated=cut)
    assert result.vote_share[0] == pytest.approx(2 / 3)
    assert result.vote_share_all[0] == pytest.approx(2 / 4)


def test_a_majority_needs_min_votes():
    rows = [("a", "5"), ("a", None), ("b", "7"), ("b", "7"), ("b", "8")]
    result = _vote(rows, min_votes=2)
    assert _majorities(result) == [None, None, "7", "7", "7"]
    assert list(result.reason) == ["few_votes", "no_answer", None, None, "minority_answer"]
    assert np.isnan(result.vote_share_all[0])


def test_a_tie_of_few_votes_is_still_a_tie():
    assert set(_vote([("a", "1"), ("a", "2")], min_votes=3).reason) == {"tie"}
