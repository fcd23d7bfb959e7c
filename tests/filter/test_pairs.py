import numpy as np
import pytest

from iwsi.filter.pairs import Ballots, make_pairs, pair_weights
from iwsi.recipe import Pairs

NONE = np.nan


def _ballots(answers, keep, ds=None, texts=None, questions=None, closed_list=False, votes=None):
    """One question, or several; the majority is the answer of what is kept."""
    answer_C = np.array(answers)
    keep_C = np.array(keep, bool)
    agrees_C = np.isin(answer_C, answer_C[keep_C]) & (answer_C >= 0)
    return Ballots(
        question_C=np.array(questions if questions is not None else [0] * len(answer_C)),
        answer_C=answer_C,
        vote_C=np.array(votes if votes is not None else answer_C >= 0, float),
        agrees_C=agrees_C,
        keep_C=keep_C,
        ds_weight_C=np.array(ds if ds is not None else [NONE] * len(answer_C), float),
        text_C=np.array(texts if texts is not None else range(len(answer_C))),
        closed_list=closed_list,
    )


def _rule(**keys):
    return Pairs.model_validate({"min_margin": 0.0, **keys})


def test_the_most_frequent_wrong_answer_is_rejected_first():
    # Five votes for 1, two for 3, one for 2; the candidate without an answer is in no pair.
    ballots = _ballots([1, 2, 1, 3, 1, 3, 1, 1, -1], [1, 0, 1, 0, 0, 0, 0, 0, 0])
    table = make_pairs(ballots, _rule(per_question=3))
    assert table.rejected_P.tolist() == [3, 5, 1]
    assert table.kept_P.tolist() == [0, 2, 0]  # two were kept, the first is used again
    assert table.margin_P == pytest.approx([3 / 9, 3 / 9, 4 / 9])


def test_the_kept_candidate_of_least_ds_weight_is_chosen_first():
    ballots = _ballots([1, 1, 1, 2], [1, 1, 1, 0], ds=[1.4, 1.1, NONE, NONE])
    table = make_pairs(ballots, _rule(per_question=1))
    assert table.kept_P.tolist() == [1]
    assert table.dropped == {"over_pairs_per_question": 2}


def test_a_margin_below_the_least_makes_no_pair_and_the_question_is_counted():
    ballots = _ballots([1, 1, 1, 2, 2, 3], [1, 1, 1, 0, 0, 0])
    assert make_pairs(ballots, _rule(min_margin=1 / 3, per_question=3)).rejected_P.tolist() == [5]
    table = make_pairs(ballots, _rule(min_margin=0.5))
    assert len(table.kept_P) == 0
    assert table.without_pair == {"low_margin": 1}
    assert table.dropped == {"low_margin": 3, "question_without_pair": 3}


def test_questions_without_anything_kept_or_anything_else_are_counted_by_reason():
    answers, keep = [1, 1, 2, 3, 5, 5], [1, 1, 0, 0, 1, 0]
    ballots = _ballots(answers, keep, questions=[0, 0, 1, 1, 2, 2])
    table = make_pairs(ballots, _rule())
    assert table.questions == 3
    assert table.without_pair == {"nothing_to_reject": 2, "nothing_kept": 1}
    assert table.dropped == {"question_without_pair": 5}


def test_shifted_rejects_what_the_filter_dropped_of_the_majority_farthest_first():
    ballots = _ballots(
        [1, 1, 1, 1, 2],
        [1, 0, 0, 0, 0],
        ds=[1.0, 1.5, 2.5, 3.0, NONE],
        texts=[0, 1, 2, 0, 4],  # the farthest has the text of what is kept
    )
    table = make_pairs(ballots, _rule(rejected="shifted", per_question=4))
    assert table.rejected_P.tolist() == [2, 1]
    assert table.margin_P == pytest.approx([3 / 5, 3 / 5])  # 4 votes against 1, of 5


def test_margins_of_a_closed_list_are_shares_of_probability():
    ballots = _ballots([0, 1, 2], [1, 0, 0], votes=[0.6, 0.1, 0.3], closed_list=True)
    table = make_pairs(ballots, _rule(per_question=2))
    assert table.rejected_P.tolist() == [2, 1]
    assert table.margin_P == pytest.approx([0.3, 0.5])


def test_every_candidate_that_could_pair_is_in_a_pair_or_has_a_reason():
    rng = np.random.default_rng(0)
    question_C = np.repeat(np.arange(200), 8)
    answer_C = rng.integers(-1, 4, len(question_C))
    keep_C = np.zeros(len(question_C), bool)
    for q in range(200):
        rows = np.flatnonzero((question_C == q) & (answer_C == q % 4))
        keep_C[rows[: rng.integers(0, 4)]] = True
    agrees_C = answer_C == question_C % 4
    ballots = Ballots(
        question_C,
        answer_C,
        (answer_C >= 0).astype(float),
        agrees_C,
        keep_C,
        np.full(len(question_C), NONE),
        np.arange(len(question_C)),
    )
    table = make_pairs(ballots, _rule(per_question=2, min_margin=0.2))
    kept_answers = [set(answer_C[keep_C & (question_C == q)]) for q in range(200)]
    could = sum(
        keep or (answer >= 0 and answer not in kept_answers[q])
        for q, answer, keep in zip(question_C, answer_C, keep_C, strict=True)
    )
    used = len(set(table.kept_P)) + len(set(table.rejected_P))
    assert used + sum(table.dropped.values()) == could
    paired = len(set(question_C[table.kept_P]))
    assert paired + sum(table.without_pair.values()) == table.questions == 200
    assert (question_C[table.kept_P] == question_C[table.rejected_P]).all()
    assert keep_C[table.kept_P].all()
    assert not keep_C[table.rejected_P].any()
    assert (table.margin_P >= 0.2 - 1e-9).all()


def test_weights_are_margins_with_a_mean_of_one():
    ballots = _ballots([1, 1, 1, 2, 3, 3], [1, 1, 0, 0, 0, 0], ds=[1.0, 2.0, NONE, 1, 1, 1])
    rule = _rule(per_question=3, weigh="margin_and_ds")
    table = make_pairs(ballots, rule)
    assert table.margin_P == pytest.approx([1 / 6, 1 / 6, 2 / 6])
    # Chosen are rows 0, 1, 0 with DS weights 1, 2, 1.
    expected = np.array([1 / 6, 1 / 12, 2 / 6])
    assert pair_weights(table, ballots, rule) == pytest.approx(expected / expected.mean())
    assert (pair_weights(table, ballots, _rule(weigh="none")) == 1).all()
