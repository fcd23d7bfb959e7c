"""Self-consistency: the majority answer of each question's candidates (arXiv:2203.11171)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Tie = Literal["drop", "first"]


@dataclass(frozen=True, slots=True)
class Vote:
    """The result of the vote for each of N candidates; all arrays have shape (N,).

    `majority` holds codes into `answers`, -1 where the question has no majority. `vote_entropy`
    is the entropy of the question's answers over the log of how many candidates answered, so 0
    is agreement and 1 is a different answer each time. `vote_share` is the majority's share among
    the candidates that answered, `vote_share_all` among all of the question's candidates: one "5"
    beside fourteen texts without an answer has the shares 1 and 1/15.
    """

    answers: Sequence[str]
    answer: npt.NDArray[np.int64]
    majority: npt.NDArray[np.int64]
    vote_share: npt.NDArray[np.float64]
    vote_share_all: npt.NDArray[np.float64]
    vote_entropy: npt.NDArray[np.float64]
    agrees: npt.NDArray[np.bool_]
    reason: npt.NDArray[Any]  # of str, or None where the candidate agrees

    def columns(self) -> dict[str, Any]:
        """The verdict as table columns, named as in `records.VOTE_FIELDS`."""
        names = pa.array(self.answers, pa.string())
        return {
            "majority": names.take(pa.array(self.majority, mask=self.majority < 0)),
            "vote_share": pa.array(self.vote_share, from_pandas=True),
            "vote_share_all": pa.array(self.vote_share_all, from_pandas=True),
            "vote_entropy": pa.array(self.vote_entropy, from_pandas=True),
            "agrees": pa.array(self.agrees),
            "reason": pa.array(self.reason, pa.string()),
        }


def vote(
    question_ids: pa.ChunkedArray | pa.Array,
    answers: pa.ChunkedArray | pa.Array,
    *,
    truncated: npt.NDArray[np.bool_] | None = None,
    tie: Tie = "drop",
    min_votes: int = 1,
) -> Vote:
    """Vote over the candidates of each question.

    Args:
        question_ids: Which question each of the N candidates answers.
        answers: Canonical answers, null where the text holds none.
        truncated: Candidates cut off before their end: they do not vote.
        tie: `drop`: two answers with equally many votes are no majority. `first`: the one that
            was sampled first wins.
        min_votes: Fewest agreeing candidates that make a majority; with fewer the question has
            none, and those who voted for it are dropped as `few_votes`.

    Vectorised: linear in N but for one sort.
    """
    question = codes(question_ids)[1]
    names, answer = codes(answers)
    missing = answer < 0
    cut = np.zeros(len(answer), dtype=bool) if truncated is None else truncated
    voter = ~(missing | cut)
    num_questions = int(question.max()) + 1 if len(question) else 0

    ballot_question, ballot_answer, counts, first = _count(question, answer, voter, len(names))
    votes = np.bincount(ballot_question, weights=counts, minlength=num_questions).astype(float)
    winner, top, tied = _winners(ballot_question, ballot_answer, counts, first, num_questions, tie)
    few = (winner >= 0) & (top < min_votes)
    winner[few] = -1

    majority = winner[question]
    agrees = voter & (answer == majority)
    reason = np.full(len(answer), None, dtype=object)
    reason[voter & ~agrees] = "minority_answer"
    reason[voter & tied[question] & (majority < 0)] = "tie"
    reason[voter & few[question]] = "few_votes"
    reason[missing] = "no_answer"
    reason[cut] = "truncated"
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(winner >= 0, top / votes, np.nan)
        share_all = np.where(winner >= 0, top / np.bincount(question, minlength=1), np.nan)
        entropy = _entropy(ballot_question, counts, votes)
    return Vote(
        answers=names,
        answer=answer,
        majority=majority,
        vote_share=share[question],
        vote_share_all=share_all[question],
        vote_entropy=entropy[question],
        agrees=agrees,
        reason=reason,
    )


def codes(column: pa.ChunkedArray | pa.Array) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Distinct values in order of appearance, and each row's index among them (null: -1)."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = array.dictionary_encode()
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return encoded.dictionary.to_pylist(), indices


def _count(
    question: npt.NDArray[np.int64],
    answer: npt.NDArray[np.int64],
    voter: npt.NDArray[np.bool_],
    num_answers: int,
) -> tuple[npt.NDArray[np.int64], ...]:
    """Each (question, answer) that got votes: its question, answer, votes and first row."""
    rows = np.flatnonzero(voter)
    key = question[rows] * max(num_answers, 1) + answer[rows]
    pairs, first, counts = np.unique(key, return_index=True, return_counts=True)
    return pairs // max(num_answers, 1), pairs % max(num_answers, 1), counts, rows[first]


def _winners(
    question: npt.NDArray[np.int64],
    answer: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    num_questions: int,
    tie: Tie,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Per question: the winning answer (-1: none), its votes, and whether there was a tie."""
    top = np.zeros(num_questions, dtype=np.int64)
    np.maximum.at(top, question, counts)
    leads = counts == top[question]
    tied = np.bincount(question[leads], minlength=num_questions) > 1
    winner = np.full(num_questions, -1, dtype=np.int64)
    # Written from last to first sampled, so that the first stays.
    by_first = np.flatnonzero(leads)[np.argsort(-first[leads], kind="stable")]
    winner[question[by_first]] = answer[by_first]
    if tie == "drop":
        winner[tied] = -1
    return winner, top, tied


def _entropy(
    question: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    votes: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    share = counts / votes[question]
    entropy = np.bincount(question, weights=-share * np.log(share), minlength=len(votes))
    normalised = np.where(votes > 1, entropy / np.log(votes), 0.0)
    return np.where(votes > 0, normalised, np.nan)
