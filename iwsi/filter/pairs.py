"""Preference pairs from votes: of each question a kept candidate beside a rejected one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from iwsi.recipe import Pairs

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Ballots:
    """C selected candidates and their votes; arrays have the shape (C,).

    Attributes:
        question_C: which question each answers; a question's candidates stand together.
        answer_C: code of its answer, -1 where it has none.
        vote_C: how much it counts in its question's vote: 0 or 1, or a label's probability.
        agrees_C: whether it agrees with the majority.
        keep_C: whether the filter kept it.
        ds_weight_C: NaN where it was not measured.
        text_C: code of its text; two candidates with one code have the same text.
        closed_list: whether votes are probabilities; then margins are shares of their sum.
    """

    question_C: IntArray
    answer_C: IntArray
    vote_C: FloatArray
    agrees_C: BoolArray
    keep_C: BoolArray
    ds_weight_C: FloatArray
    text_C: IntArray
    closed_list: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """P pairs as rows of the candidates, and what became of the rest.

    Attributes:
        kept_P: the kept candidate of each, shape (P,).
        rejected_P: the rejected one, shape (P,).
        margin_P: the pair's vote margin, in [0, 1], shape (P,).
        questions: all that were sampled.
        without_pair: questions without a clear pair, by reason.
        dropped: candidates that could have been kept or rejected and are in no pair, by reason.
    """

    kept_P: IntArray
    rejected_P: IntArray
    margin_P: FloatArray
    questions: int
    without_pair: Mapping[str, int]
    dropped: Mapping[str, int]


class _Question(NamedTuple):
    """One question's candidates in the order in which they pair, as rows, and their margins."""

    kept: IntArray
    rejected: IntArray
    margin: FloatArray  # of each rejected one
    close: IntArray  # could be rejected but for the margin


def make_pairs(ballots: Ballots, rule: Pairs) -> PairTable:
    """Make at most `per_question` pairs of each question.

    The kept candidates pair in the order of their DS weight, lowest first, else as sampled; where
    there are fewer than rejected ones they are used again. A pair's margin is the kept answer's
    votes less the rejected one's, over the question's candidates (arXiv:2411.04109, section 3.3).
    """
    preferred, rejected, margins = list[int](), list[int](), list[float]()
    without, dropped = Counter[str](), Counter[str]()
    question_C = ballots.question_C
    starts = np.flatnonzero(np.diff(question_C, prepend=-1))
    for begin, end in zip(starts, np.r_[starts[1:], len(question_C)], strict=True):
        found = _question(ballots, np.arange(begin, end), rule)
        reason = _without_pair(found)
        dropped["low_margin"] += len(found.close)
        if reason:
            without[reason] += 1
            dropped["question_without_pair"] += len(found.kept) + len(found.rejected)
            continue
        count = min(rule.per_question, len(found.rejected))
        partner = found.kept[np.arange(count) % len(found.kept)]
        preferred += partner.tolist()
        rejected += found.rejected[:count].tolist()
        margins += found.margin[:count].tolist()
        unused = max(len(found.kept) - count, 0) + len(found.rejected) - count
        dropped["over_pairs_per_question"] += unused
    return PairTable(
        np.array(preferred, np.int64),
        np.array(rejected, np.int64),
        np.array(margins, np.float64),
        len(starts),
        dict(without),
        {reason: count for reason, count in dropped.items() if count},
    )


def pair_weights(table: PairTable, ballots: Ballots, rule: Pairs) -> FloatArray:
    """Loss weights of the pairs, shape (P,), with a mean of 1.

    Pairs without a finite DS weight, where it counts, get its least.
    """
    if rule.weigh == "none" or not len(table.margin_P):
        return np.ones(len(table.margin_P))
    weight_P = table.margin_P.copy()
    if rule.weigh == "margin_and_ds":
        nearness_P = 1 / ballots.ds_weight_C[table.kept_P]
        finite_P = np.isfinite(nearness_P)
        least = nearness_P[finite_P].min() if finite_P.any() else 1.0
        weight_P *= np.where(finite_P, nearness_P, least)
    total = weight_P.sum()
    if total <= 0:
        return np.ones(len(weight_P))
    return np.asarray(weight_P * (len(weight_P) / total))


def _question(ballots: Ballots, rows: IntArray, rule: Pairs) -> _Question:
    answer, vote, keep = ballots.answer_C[rows], ballots.vote_C[rows], ballots.keep_C[rows]
    _, local = np.unique(answer, return_inverse=True)
    votes = np.bincount(local, weights=vote)[local]  # of each candidate's answer
    kept = _by_ds_weight(ballots, rows[keep])
    other = (answer >= 0) & (vote > 0) & ~np.isin(answer, answer[keep])
    if rule.rejected == "minority":
        order = np.argsort(-votes[other], kind="stable")
        pool, beaten = rows[other][order], votes[other][order]
    else:
        pool = _shifted(ballots, rows, kept)
        beaten = np.full(len(pool), votes[other].max(initial=0.0))
    if not len(kept):
        return _Question(kept, pool, np.zeros(len(pool)), pool[:0])
    total = vote.sum() if ballots.closed_list else len(rows)
    margin = (votes[keep].max() - beaten) / total
    clear = margin >= rule.min_margin - 1e-12
    return _Question(kept, pool[clear], margin[clear], pool[~clear])


def _shifted(ballots: Ballots, rows: IntArray, kept: IntArray) -> IntArray:
    """Candidates that agree with the majority and that the filter dropped, highest DS weight first.

    A text that a kept candidate has too is left out: a pair of equal texts says nothing.
    """
    weight = ballots.ds_weight_C[rows]
    pool = rows[ballots.agrees_C[rows] & ~ballots.keep_C[rows] & np.isfinite(weight)]
    pool = pool[~np.isin(ballots.text_C[pool], ballots.text_C[kept])]
    return np.asarray(pool[np.argsort(-ballots.ds_weight_C[pool], kind="stable")])


def _by_ds_weight(ballots: Ballots, rows: IntArray) -> IntArray:
    weight = np.nan_to_num(ballots.ds_weight_C[rows], nan=np.inf)
    return rows[np.argsort(weight, kind="stable")]


def _without_pair(found: _Question) -> str | None:
    """Why a question has no clear pair; None where it has one."""
    if not len(found.kept):
        return "nothing_kept"
    if len(found.rejected):
        return None
    return "low_margin" if len(found.close) else "nothing_to_reject"
