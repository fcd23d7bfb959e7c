import numpy as np

from iwsi.audit.scores import AuditedVotes, mean_of_others, vote_scores


def audited(**changes):
    columns = {
        "gold": ("a", "a", "b"),
        "answer": ("a", "b", "b"),
        "vote_share_Q": np.array([0.9, 0.5, 0.7]),
        "margin_Q": np.array([0.8, 0.1, 0.4]),
        "vote_entropy_Q": np.array([0.1, 0.9, 0.5]),
        "nll_completion_Q": np.array([0.1, 0.4, 0.2]),
    }
    return AuditedVotes(**(columns | changes))


def test_the_mean_of_others_leaves_each_row_out():
    np.testing.assert_allclose(mean_of_others(np.array([1.0, 2.0, 6.0])), [4.0, 3.5, 1.5])


def test_unknown_values_are_in_no_mean():
    np.testing.assert_allclose(mean_of_others(np.array([1.0, np.nan, 5.0])), [5.0, 3.0, 1.0])


def test_a_ds_weight_compares_with_the_other_rows_alone():
    scores = vote_scores(audited(rationale_completion_Q=np.array([0.2, 0.4, 0.6])))
    # References .5, .4, .3 beside losses .1, .4, .2.
    np.testing.assert_allclose(scores["ds_weight_completion"], [-5.0, -1.0, -1.5])
    np.testing.assert_allclose(scores["ds_one_sided"], [-1.0, -1.0, -1.0])


def test_right_answers_compare_with_right_answers_of_other_rows():
    scores = vote_scores(audited())
    # Right are the first and the last: references .2, (.1 + .2) / 2 and .1.
    np.testing.assert_allclose(scores["ds_weight_right_answers"], [-2.0, -0.4 / 0.15, -2.0])


def test_every_score_is_higher_where_it_says_right():
    scores = vote_scores(audited(nll_mean_Q=np.array([0.1, 0.9, 0.5])))
    for name in ("vote_share", "margin", "entropy", "low_loss", "low_loss_mean"):
        assert scores[name][0] > scores[name][2] > scores[name][1], name


def test_likeness_by_length_compares_with_the_other_rows_alone():
    rows = [("a", "a", 0.3, 0.1), ("b", "b", 0.4, 0.4), ("b", "b", 0.2, 0.5), ("b", "a", 9.0, 0.2)]
    gold, answer, nll, rationale = zip(*rows, strict=True)
    votes = AuditedVotes(
        gold,
        answer,
        *(np.full(4, 0.5) for _ in range(3)),
        nll_completion_Q=np.array(nll),
        rationale_completion_Q=np.array(rationale),
        rationale_tokens_Q=np.full(4, 5),
        num_tokens_Q=np.full(4, 5.0),
    )
    scores = vote_scores(votes)
    # Of one length: references are means of the others, (.4 + .5 + .2)/3 beside the loss .3, …
    expected = [-(1.1 / 0.9), -1.5, -(0.7 / 0.6), -27.0]
    np.testing.assert_allclose(scores["ds_weight_length_completion"], expected)
    # Three others each: 1/4 where the vote lies farther out than all of them, 1 where nearer.
    assert scores["conformal_completion"][[0, 3]].tolist() == [1.0, 0.25]


def test_what_was_not_scored_has_no_score():
    assert "ds_weight_sequence" not in vote_scores(audited())


def test_a_row_without_a_majority_is_not_right():
    votes = audited(answer=("a", None, "b"))
    assert votes.right_Q.tolist() == [True, False, True]
    assert votes.voted_Q.tolist() == [True, False, True]
