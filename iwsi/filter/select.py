"""The selection rule: of the candidates that agree, those with the lowest DS weight."""

from typing import Any

import numpy as np
import numpy.typing as npt


def select(
    reason: npt.NDArray[Any],
    question: npt.NDArray[np.int64],
    ds_weight: npt.NDArray[np.float64] | None,
    *,
    keep: float,
    max_per_question: int | None,
) -> npt.NDArray[Any]:
    """Why each of N candidates is dropped, or None where it is kept.

    The share `keep` of the candidates that the vote left, lowest DS weight first, ties by the
    order of rows; then at most `max_per_question` of each question, again lowest first. Without
    DS weights (LMSI) only the second rule applies, in the order of rows.

    Args:
        reason: What the vote said, shape (N,): a reason or None.
        question: Which question each candidate answers, shape (N,).
        ds_weight: Shape (N,); NaN or infinite is dropped as `no_finite_loss`.
        keep: Share in (0, 1].
        max_per_question: At least 1, or None for no limit.
    """
    reason = reason.copy()
    rank_by = np.zeros(len(reason)) if ds_weight is None else ds_weight
    left = np.flatnonzero(reason == None)  # noqa: E711  # elementwise
    finite = np.isfinite(rank_by[left])
    reason[left[~finite]] = "no_finite_loss"
    ranked = left[finite][np.argsort(rank_by[left[finite]], kind="stable")]
    if ds_weight is not None:
        num_kept = int(np.ceil(keep * len(ranked) - 1e-9))  # at least one of one
        reason[ranked[num_kept:]] = "high_ds_weight"
        ranked = ranked[:num_kept]
    if max_per_question is not None:
        over = _rank_within(question[ranked]) >= max_per_question
        reason[ranked[over]] = "over_question_limit"
    return reason


def _rank_within(group: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each row how many rows before it are of its group."""
    order = np.argsort(group, kind="stable")
    starts = np.r_[True, group[order][1:] != group[order][:-1]] if len(group) else []
    position = np.arange(len(group))
    begin = np.maximum.accumulate(np.where(starts, position, 0)) if len(group) else position
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = position - begin
    return rank
