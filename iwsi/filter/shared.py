"""Functions that the rules of several filters share."""

from typing import Any

import numpy as np
import numpy.typing as npt

from iwsi.errors import InternalError
from iwsi.filter.select import select
from iwsi.filter.verdict import Candidates, FloatArray, Verdict, without_reason
from iwsi.recipe.filter import FilterSection, KeepsShare


def limited(
    candidates: Candidates, rule: FilterSection, reason_C: npt.NDArray[Any], score_C: FloatArray
) -> Verdict:
    """The remaining candidates, at most `max_per_question` of each question."""
    reason_C = select(
        reason_C,
        candidates.question_C,
        None,
        keep=1.0,
        max_per_question=rule.max_per_question,
    )
    return Verdict(reason_C, score_C)


def best_share(
    candidates: Candidates,
    rule: KeepsShare,
    rank_by_C: FloatArray,
    score_C: FloatArray,
    dropped: str,
    unranked: str,
) -> Verdict:
    """The share `keep` of the majority that ranks lowest."""
    reason_C = select(
        candidates.vote_reason_C,
        candidates.question_C,
        rank_by_C,
        keep=rule.keep,
        max_per_question=rule.max_per_question,
        dropped=dropped,
        unranked=unranked,
        spread_ties=True,
    )
    return Verdict(reason_C, score_C)


def also(reason_C: npt.NDArray[Any], drop_C: npt.NDArray[np.bool_], why: str) -> npt.NDArray[Any]:
    """The reasons, and `why` for what has none yet and is dropped."""
    reason_C = reason_C.copy()
    reason_C[without_reason(reason_C) & drop_C] = why
    return reason_C


def unscored(candidates: Candidates) -> FloatArray:
    """The scores of a method that ranks by nothing: NaN."""
    return np.full(len(candidates.question_C), np.nan)


def required(column: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    """A column that the method lists in `Method.needs`.

    Raises:
        InternalError: it was not measured.
    """
    if column is None:
        raise InternalError("a filter without what its method needs")
    return column
