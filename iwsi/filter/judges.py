"""How each filter judges: pure functions of what is known of the candidates."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from iwsi.filter.conformal import conformal_p_values
from iwsi.filter.ds_weight import length_ds_weight
from iwsi.filter.duplicates import near_duplicates
from iwsi.filter.select import largest_limit, select
from iwsi.filter.verdict import NO_VOTE, Candidates, FloatArray, Verdict, without_reason
from iwsi.recipe import Filter
from iwsi.tasks.sample_text import trimmed


def lmsi(candidates: Candidates, rule: Filter) -> Verdict:
    """All that agree with the majority.

    Source: LMSI, arXiv:2210.11610.
    """
    return _limited(candidates, rule, candidates.vote_reason_C, _unknown(candidates))


def entropy(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority what belongs to a question whose answers are alike.

    Source: Entropy-filter, a baseline of arXiv:2408.09849.
    """
    entropy_C = candidates.vote_entropy_C
    too_high_C = entropy_C > rule.max_entropy
    return _limited(
        candidates, rule, _also(candidates.vote_reason_C, too_high_C, "high_entropy"), entropy_C
    )


def self_rated(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority the share that the model itself rates highest.

    Source: Self-filter, a baseline of arXiv:2408.09849.
    """
    rating_C = _known(candidates.rating_C)
    return _best(candidates, rule, -rating_C, rating_C, "low_rating", "no_rating")


def reward(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority the share that a reward model scores highest.

    Source: RM-filter, a baseline of arXiv:2408.09849.
    """
    reward_C = _known(candidates.reward_C)
    return _best(candidates, rule, -reward_C, reward_C, "low_reward", "no_reward")


def iwsi(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority the share with the lowest DS weight.

    Source: arXiv:2408.09849, section 3.
    """
    weight_C = _known(candidates.ds_weight_C)
    reason_C = select(
        candidates.vote_reason_C,
        candidates.question_C,
        weight_C,
        keep=rule.keep,
        max_per_question=rule.max_per_question,
    )
    return Verdict(reason_C, weight_C)


def iwsi_weighted(candidates: Candidates, rule: Filter) -> Verdict:
    """All that agree with the majority and have a DS weight; it goes into the loss.

    Source: IWSI-w of arXiv:2408.09849; how the weight enters the loss is our own.
    """
    weight_C = _known(candidates.ds_weight_C)
    without_C = ~np.isfinite(weight_C)
    reason_C = _also(candidates.vote_reason_C, without_C, "no_finite_loss")
    return _limited(candidates, rule, reason_C, weight_C)


def by_ds_weight(candidates: Candidates, rule: Filter) -> FloatArray:
    """`1 / DS weight`, at least `1 / weight_cap`: what lies far from validation rows is less."""
    with np.errstate(divide="ignore"):
        return np.fmax(1 / _known(candidates.ds_weight_C), 1 / rule.weight_cap)


def iwsi_length(candidates: Candidates, rule: Filter) -> Verdict:
    """As `iwsi`, each loss compared with that of validation rows of like length."""
    weight_C = length_ds_weight(
        _known(candidates.nll_C),
        candidates.num_tokens_C,
        _known(candidates.validation_nll_V),
        _known(candidates.validation_tokens_V),
    )
    return _best(candidates, rule, weight_C, weight_C, "high_ds_weight", "no_finite_loss")


def conformal(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority what is no outlier among the validation rows, by loss and length.

    How much that drops is told by the candidates, not by `keep`.
    """
    p_C = conformal_p_values(
        _known(candidates.nll_C),
        candidates.num_tokens_C,
        _known(candidates.validation_nll_V),
        _known(candidates.validation_tokens_V),
    )
    reason_C = _also(candidates.vote_reason_C, np.isnan(p_C), "no_finite_loss")
    return _limited(candidates, rule, _also(reason_C, p_C <= rule.alpha, "outlier"), p_C)


def density(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority the share that looks most like validation rows from inside the model."""
    ratio_C = _known(candidates.log_ratio_C)
    return _best(candidates, rule, -ratio_C, ratio_C, "low_density_ratio", "no_density_ratio")


def balanced(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority at most m of each question, first sampled first.

    m is `max_per_question`; without it the largest that keeps no more than the share `keep`, and
    at least 1.
    """
    reason_C, share_C = candidates.vote_reason_C, candidates.vote_share_C
    most = rule.max_per_question
    if most is None:
        voted_C = without_reason(reason_C)
        _, count_Q = np.unique(candidates.question_C[voted_C], return_counts=True)
        most = largest_limit(count_Q, rule.keep)
    reason_C = select(reason_C, candidates.question_C, None, keep=rule.keep, max_per_question=most)
    return Verdict(reason_C, share_C)


def by_difficulty(candidates: Candidates, rule: Filter) -> FloatArray:
    """1 up to a vote share of one half, then falling to `1 / weight_cap` where all agree."""
    hard_C = np.minimum(2 * (1 - candidates.vote_share_C), 1.0)
    return np.asarray(np.fmax(hard_C, 1 / rule.weight_cap))


def distinct(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority what is no near-duplicate of an earlier answer to the same question."""
    rows = np.flatnonzero(without_reason(candidates.vote_reason_C))
    similarity_C = _unknown(candidates)
    similarity_C[rows] = near_duplicates(
        candidates.question_C[rows], _Stripped(candidates.text_C, rows), rule.max_similarity
    )
    reason_C = _also(
        candidates.vote_reason_C, similarity_C >= rule.max_similarity, "near_duplicate"
    )
    return _limited(candidates, rule, reason_C, similarity_C)


class _Stripped(Sequence[str]):
    """Some of the texts without the spaces around them, each read when it is asked for."""

    def __init__(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> None:
        self._texts, self._rows = texts, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: Any) -> Any:
        return trimmed(self._texts[self._rows[row]])


def at_random(candidates: Candidates, rule: Filter) -> Verdict:
    """Of the majority the share that a fixed draw takes: the control of studies."""
    draw_C = np.random.default_rng(0).random(len(candidates.question_C))
    return _best(candidates, rule, draw_C, draw_C, "not_drawn", "not_drawn")


def oracle(candidates: Candidates, rule: Filter) -> Verdict:
    """All that the labels call right, in the minority too: a bound for studies."""
    correct_C = _known(candidates.correct_C)
    judged_C = ~np.isin(candidates.vote_reason_C.astype(str), NO_VOTE)
    reason_C = candidates.vote_reason_C.copy()
    reason_C[judged_C] = None
    reason_C[judged_C & ~correct_C] = "wrong_answer"
    return _limited(candidates, rule, reason_C, correct_C.astype(float))


def _limited(
    candidates: Candidates, rule: Filter, reason_C: npt.NDArray[Any], score_C: FloatArray
) -> Verdict:
    """What is left, at most `max_per_question` of each question."""
    reason_C = select(
        reason_C,
        candidates.question_C,
        None,
        keep=rule.keep,
        max_per_question=rule.max_per_question,
    )
    return Verdict(reason_C, score_C)


def _best(
    candidates: Candidates,
    rule: Filter,
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


def _also(reason_C: npt.NDArray[Any], drop_C: npt.NDArray[np.bool_], why: str) -> npt.NDArray[Any]:
    """The reasons, and `why` for what has none yet and is dropped."""
    reason_C = reason_C.copy()
    reason_C[without_reason(reason_C) & drop_C] = why
    return reason_C


def _unknown(candidates: Candidates) -> FloatArray:
    return np.full(len(candidates.question_C), np.nan)


def _known(column: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    if column is None:
        raise RuntimeError("a filter without what its method needs")
    return column
