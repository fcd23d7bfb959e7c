"""Makes the votes that are audited from sampled candidates of labelled rows."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iwsi.audit.scores import AuditedVotes
from iwsi.filter.ballot import recipe_vote
from iwsi.filter.vote import Vote
from iwsi.recipe import Recipe

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def first_agreeing(question_N: IntArray, result: Vote) -> IntArray:
    """The row of each question's first candidate that agrees with its majority, -1 without one.

    Args:
        question_N: which of Q questions each of N candidates answers, shape (N,).
        result: of the vote over them.

    Returns:
        Shape (Q,).
    """
    first_Q = np.full(int(question_N.max(initial=-1)) + 1, -1, dtype=np.int64)
    rows = np.flatnonzero(result.agrees)[::-1]
    first_Q[question_N[rows]] = rows  # the earliest is written last
    return first_Q


class Representatives(NamedTuple):
    """The first candidate of each vote that has a majority.

    Attributes:
        ids: all Q questions.
        voted: places in `ids` of those V that have a majority, shape (V,).
        candidates: one row for each of these.
    """

    ids: list[str]
    voted: IntArray
    candidates: pa.Table


def representatives(candidates: pa.Table, recipe: Recipe) -> Representatives:
    """Vote as a recipe does, and find the candidates that stand for their votes.

    Args:
        candidates: N sampled candidates (records.CANDIDATES).
        recipe: Whose answer kind and filter decide the vote.
    """
    _, result = recipe_vote(candidates, recipe)
    ids, question_N = question_index(candidates["question_id"].to_pylist())
    first_Q = first_agreeing(question_N, result)
    voted = np.flatnonzero(first_Q >= 0)
    return Representatives(ids, voted, candidates.take(first_Q[voted]))


def audited_votes(
    candidates: pa.Table,
    result: Vote,
    weight_N: FloatArray,
    gold: Mapping[str, str],
    losses: pa.Table | None = None,
    same: Callable[[str | None, str], bool] = eq,
) -> AuditedVotes:
    """The votes on labelled rows.

    Args:
        candidates: columns `question_id, num_tokens, logprob` of N candidates, a question's
            together.
        result: the vote over them.
        weight_N: how much each candidate counts in it, shape (N,).
        gold: each question's label.
        losses: records.LABELLED_LOSSES of the same questions.
        same: whether an answer is a label.
    """
    ids, question_N = question_index(candidates["question_id"].to_pylist())
    nll_N = -candidates["logprob"].to_numpy() / candidates["num_tokens"].to_numpy()
    first_Q = first_agreeing(question_N, result)
    voted_Q = first_Q >= 0
    best_Q, mean_Q = _over_agreeing(question_N, result.agrees, nll_N, len(ids))
    by_question = losses_by_question(losses, ids) if losses is not None else {}
    return AuditedVotes(
        gold=tuple(gold[question_id] for question_id in ids),
        answer=tuple(
            _in_labels_form(result.answers[result.answer[row]], gold[question_id], same)
            if row >= 0
            else None
            for question_id, row in zip(ids, first_Q.tolist(), strict=True)
        ),
        vote_share_Q=np.where(voted_Q, result.vote_share[first_Q], np.nan),
        margin_Q=_margin(question_N, result, weight_N, len(ids)),
        vote_entropy_Q=np.where(voted_Q, result.vote_entropy[first_Q], np.nan),
        nll_completion_Q=np.where(voted_Q, nll_N[first_Q], np.nan),
        nll_sequence_Q=by_question.get("vote_sequence"),
        nll_best_Q=best_Q,
        nll_mean_Q=mean_Q,
        rationale_completion_Q=by_question.get("rationale_completion"),
        rationale_sequence_Q=by_question.get("rationale_sequence"),
        rationale_tokens_Q=by_question.get("rationale_tokens"),
        num_tokens_Q=np.where(voted_Q, candidates["num_tokens"].to_numpy()[first_Q], np.nan),
    )


def _in_labels_form(answer: str, gold: str, same: Callable[[str | None, str], bool]) -> str:
    return gold if same(answer, gold) else answer


def question_index(question_ids: Sequence[str]) -> tuple[list[str], IntArray]:
    """The Q distinct ids in order of appearance, and which of them each of N is, shape (N,)."""
    index = {question_id: i for i, question_id in enumerate(dict.fromkeys(question_ids))}
    return list(index), np.array([index[question_id] for question_id in question_ids], np.int64)


def losses_by_question(losses: pa.Table, ids: Sequence[str]) -> dict[str, FloatArray]:
    """Each column of losses in the order of the questions, shape (Q,)."""
    at = {question_id: row for row, question_id in enumerate(losses["question_id"].to_pylist())}
    rows = [at[question_id] for question_id in ids]
    return {
        name: np.asarray(losses[name].to_numpy()[rows], float) for name in losses.column_names[1:]
    }


def _over_agreeing(
    question_N: IntArray, agrees_N: npt.NDArray[np.bool_], nll_N: FloatArray, questions: int
) -> tuple[FloatArray, FloatArray]:
    """The lowest and the mean loss of each question's agreeing candidates, shapes (Q,)."""
    rows = np.flatnonzero(agrees_N)
    best_Q = np.full(questions, np.inf)
    np.minimum.at(best_Q, question_N[rows], nll_N[rows])
    count_Q = np.bincount(question_N[rows], minlength=questions)
    total_Q = np.bincount(question_N[rows], weights=nll_N[rows], minlength=questions)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count_Q > 0, best_Q, np.nan), total_Q / count_Q


def _margin(question_N: IntArray, result: Vote, weight_N: FloatArray, questions: int) -> FloatArray:
    """The majority's share less that of the answer in second place, shape (Q,)."""
    share_QA = np.zeros((questions, max(len(result.answers), 1)))
    answered = np.flatnonzero(result.answer >= 0)
    np.add.at(share_QA, (question_N[answered], result.answer[answered]), weight_N[answered])
    with np.errstate(invalid="ignore", divide="ignore"):
        share_QA /= share_QA.sum(axis=1, keepdims=True)
    ordered_QA = np.sort(share_QA, axis=1)
    second_Q = ordered_QA[:, -2] if share_QA.shape[1] > 1 else 0.0
    return np.asarray(ordered_QA[:, -1] - second_Q)
