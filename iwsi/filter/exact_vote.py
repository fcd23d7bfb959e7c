"""The vote where each label's probability is known: shares without sampling."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iwsi.filter.vote import Tie, Vote, codes


def exact_vote(
    question_ids: pa.ChunkedArray | pa.Array,
    answers: pa.ChunkedArray | pa.Array,
    logprob_N: npt.NDArray[np.float64],
    *,
    tie: Tie = "drop",
) -> Vote:
    """Vote by probability: the limit of `vote` for many samples at temperature 1.

    An answer's share is the probability of its candidates over that of all candidates of its
    question that hold an answer; its share of all is that probability itself. The entropy is
    taken over the logarithm of how many answers there are, so 0 is agreement and 1 is no
    preference.

    Args:
        question_ids: Which question each of the N candidates answers.
        answers: Canonical answers, null where the text holds none.
        logprob_N: Natural log of each candidate's probability, shape (N,).
        tie: As in `vote`; the first of a question's candidates is its first sampled.
    """
    question_N = codes(question_ids)[1]
    names, answer_N = codes(answers)
    voter_N = answer_N >= 0
    num_questions, num_answers = int(question_N.max(initial=-1)) + 1, max(len(names), 1)
    # Relative to a question's likeliest candidate, so that no probability becomes 0.
    best_Q = np.full(num_questions, -np.inf)
    np.maximum.at(best_Q, question_N[voter_N], logprob_N[voter_N])
    weight_N = np.zeros(len(answer_N))
    weight_N[voter_N] = np.exp(logprob_N[voter_N] - best_Q[question_N[voter_N]])
    share_QA = np.zeros((num_questions, num_answers))
    np.add.at(share_QA, (question_N[voter_N], answer_N[voter_N]), weight_N[voter_N])
    total_Q1 = share_QA.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        share_QA /= total_Q1

    winner_Q, tied_Q = _winners(share_QA, question_N, answer_N, voter_N, tie)
    majority_N = winner_Q[question_N]
    agrees_N = voter_N & (answer_N == majority_N)
    reason_N = np.full(len(answer_N), None, dtype=object)
    reason_N[voter_N & ~agrees_N] = "minority_answer"
    reason_N[voter_N & tied_Q[question_N] & (majority_N < 0)] = "tie"
    reason_N[~voter_N] = "no_answer"
    top_Q = np.where(winner_Q >= 0, share_QA.max(axis=1, initial=0.0), np.nan)
    of_all_Q = top_Q * np.minimum(total_Q1[:, 0] * np.exp(np.minimum(best_Q, 0.0)), 1.0)
    entropy_Q = _entropy(share_QA, question_N, answer_N, voter_N)
    return Vote(
        answers=names,
        answer=answer_N,
        majority=majority_N,
        vote_share=top_Q[question_N],
        vote_share_all=of_all_Q[question_N],
        vote_entropy=entropy_Q[question_N],
        agrees=agrees_N,
        reason=reason_N,
    )


def _winners(
    share_QA: npt.NDArray[np.float64],
    question_N: npt.NDArray[np.int64],
    answer_N: npt.NDArray[np.int64],
    voter_N: npt.NDArray[np.bool_],
    tie: Tie,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Each question's winning answer (-1: none), and whether several share the first place."""
    top_Q1 = share_QA.max(axis=1, initial=0.0, keepdims=True)
    leads_QA = (share_QA == top_Q1) & (top_Q1 > 0)
    tied_Q = leads_QA.sum(axis=1) > 1
    winner_Q = np.full(len(share_QA), -1, dtype=np.int64)
    for row in np.flatnonzero(voter_N)[::-1]:  # from last to first, so that the first stays
        if leads_QA[question_N[row], answer_N[row]]:
            winner_Q[question_N[row]] = answer_N[row]
    if tie == "drop":
        winner_Q[tied_Q] = -1
    return winner_Q, tied_Q


def _entropy(
    share_QA: npt.NDArray[np.float64],
    question_N: npt.NDArray[np.int64],
    answer_N: npt.NDArray[np.int64],
    voter_N: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    given_QA = np.zeros(share_QA.shape, dtype=bool)
    given_QA[question_N[voter_N], answer_N[voter_N]] = True
    count_Q = given_QA.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms_QA = np.where(share_QA > 0, -share_QA * np.log(share_QA), 0.0)
        normalised_Q = np.where(count_Q > 1, terms_QA.sum(axis=1) / np.log(count_Q), 0.0)
    return np.where(count_Q > 0, normalised_Q, np.nan)
