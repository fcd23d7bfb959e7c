"""The selection rule: of the candidates that are left, the share that ranks best."""

from typing import Any

import numpy as np
import numpy.typing as npt

from iwsi.filter.verdict import without_reason

IntArray = npt.NDArray[np.int64]


def select(
    reason: npt.NDArray[Any],
    question: IntArray,
    rank_by: npt.NDArray[np.float64] | None,
    *,
    keep: float,
    max_per_question: int | None,
    dropped: str = "high_ds_weight",
    unranked: str = "no_finite_loss",
    spread_ties: bool = False,
) -> npt.NDArray[Any]:
    """Why each of N candidates is dropped, or None where it is kept.

    The share `keep` of the candidates that are left, lowest rank first; then at most
    `max_per_question` of each question, again lowest first. Without ranks only the second rule
    applies, in the order of rows.

    Args:
        reason: Reasons given before, shape (N,): a reason or None.
        question: Which question each candidate answers, shape (N,).
        rank_by: The lowest is best, shape (N,); what is NaN or infinite is dropped.
        keep: Share in (0, 1].
        max_per_question: At least 1, or None for no limit.
        dropped: The reason of those outside the share.
        unranked: The reason of those that have no finite rank.
        spread_ties: Ties go by a candidate's place within its question, so that a cut through
            many of them takes no question before another; else by the order of rows.
    """
    reason = reason.copy()
    values = np.zeros(len(reason)) if rank_by is None else rank_by
    left = np.flatnonzero(without_reason(reason))
    finite = np.isfinite(values[left])
    reason[left[~finite]] = unranked
    rows = left[finite]
    place = rank_within(question[rows]) if spread_ties else np.arange(len(rows))
    ranked = rows[np.lexsort((place, values[rows]))]
    if rank_by is not None:
        num_kept = int(np.ceil(keep * len(ranked) - 1e-9))  # at least one of one
        reason[ranked[num_kept:]] = dropped
        ranked = ranked[:num_kept]
    if max_per_question is not None:
        over = rank_within(question[ranked]) >= max_per_question
        reason[ranked[over]] = "over_question_limit"
    return reason


def largest_limit(count_Q: IntArray, keep: float) -> int:
    """The most per question that keeps at most the share `keep` of all; at least 1.

    Args:
        count_Q: How many candidates each question has, shape (Q,).
        keep: Share in (0, 1].
    """
    # Kept with a limit m: each question's count, cut at m.
    most = int(count_Q.max(initial=1))
    kept_m = np.minimum(count_Q[:, None], np.arange(1, most + 1)).sum(axis=0)
    return int(max((kept_m <= keep * count_Q.sum() + 1e-9).sum(), 1))


def rank_within(group: IntArray) -> IntArray:
    """For each row how many rows before it are of its group."""
    order = np.argsort(group, kind="stable")
    starts = np.r_[True, group[order][1:] != group[order][:-1]] if len(group) else []
    position = np.arange(len(group))
    begin = np.maximum.accumulate(np.where(starts, position, 0)) if len(group) else position
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = position - begin
    return rank
