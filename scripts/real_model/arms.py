"""Scores of the votes, the audit of labelled rows, and what each filter keeps."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from iwsi.audit.scores import AuditedVotes, vote_scores
from iwsi.filter.ds_weight import ds_weight, one_sided_ds_weight
from iwsi.filter.probability import VoteProbability, fit_probability
from iwsi.filter.ranking import auc_estimate, precision_at

FloatArray = NDArray[np.float64]
ARMS = ("lmsi", "vote_share", "confidence", "iwsi", "oracle", "random", "auto", "per_answer")

RANKED_BY = {
    "vote_share": "vote_share",
    "confidence": "low_loss",
    "iwsi": "ds_weight_sequence",
    "auto": "probability",
}


def audited_votes(table: pa.Table, rationale_nll: Mapping[str, list[float]]) -> AuditedVotes:
    """The labelled rows' votes, as the audit takes them."""
    voted = table["voted"].to_pylist()
    answers = table["answer"].to_pylist()
    return AuditedVotes(
        gold=tuple(
            gold if not right else answer  # a number's canonical form
            for gold, answer, right in zip(
                table["gold"].to_pylist(), answers, table["right"].to_pylist(), strict=True
            )
        ),
        answer=tuple(a if v else None for a, v in zip(answers, voted, strict=True)),
        vote_share_Q=column(table, "vote_share"),
        margin_Q=column(table, "margin"),
        vote_entropy_Q=column(table, "vote_entropy"),
        nll_completion_Q=column(table, "nll_completion"),
        nll_sequence_Q=column(table, "nll_sequence"),
        nll_best_Q=column(table, "nll_lowest"),
        nll_mean_Q=column(table, "nll_mean"),
        rationale_completion_Q=np.array(rationale_nll["completion"]),
        rationale_sequence_Q=np.array(rationale_nll["sequence"]),
    )


def pool_scores(
    pool: pa.Table, audited: AuditedVotes, rationale_nll: Mapping[str, list[float]]
) -> dict[str, FloatArray]:
    """Every score of the unlabelled questions' votes, higher where it says right."""
    completion, sequence = column(pool, "nll_completion"), column(pool, "nll_sequence")
    answers_nll = audited.nll_completion_Q[audited.right_Q]
    return {
        "vote_share": column(pool, "vote_share"),
        "margin": column(pool, "margin"),
        "entropy": -column(pool, "vote_entropy"),
        "low_loss": -completion,
        "low_loss_best": -column(pool, "nll_lowest"),
        "low_loss_mean": -column(pool, "nll_mean"),
        "ds_weight_sequence": -ds_weight(sequence, np.array(rationale_nll["sequence"])),
        "ds_weight_completion": -ds_weight(completion, np.array(rationale_nll["completion"])),
        "ds_one_sided": -one_sided_ds_weight(completion, np.array(rationale_nll["completion"])),
        "ds_weight_right_answers": -ds_weight(completion, answers_nll),
    }


def judged(scores: Mapping[str, FloatArray], right_N: NDArray[np.bool_]) -> dict[str, Any]:
    """Each score's AUC with its interval, and its precision at a fifth and three fifths kept."""
    found = {}
    for name, score_N in scores.items():
        estimate = auc_estimate(score_N, right_N, np.random.default_rng(0))
        precision = precision_at(score_N, right_N, (0.2, 0.6))
        found[name] = {"auc": [estimate.value, estimate.low, estimate.high], "at": precision}
    return found


def fitted(audited: AuditedVotes, seed: int) -> VoteProbability:
    """The probability that a vote is right, from the labelled rows."""
    voted_Q = audited.voted_Q
    scores = {name: score_Q[voted_Q] for name, score_Q in vote_scores(audited).items()}
    answers = [answer for answer in audited.answer if answer is not None]
    rng = np.random.default_rng([seed, 1])
    return fit_probability(scores, audited.right_Q[voted_Q], rng, answers)


def kept_by(
    arm: str, scores: Mapping[str, FloatArray], pool: pa.Table, keep: float, seed: int
) -> NDArray[np.int64]:
    """The rows of the pool that an arm trains on."""
    voted = np.flatnonzero(pool["voted"].to_numpy())
    answers = np.array(pool["answer"].to_pylist(), dtype=str)
    if arm == "lmsi":
        return voted
    if arm == "oracle":
        return voted[pool["right"].to_numpy()[voted]]
    if arm == "per_answer":  # the share of each answer's votes, so that no kind gets rarer
        ranks = [np.flatnonzero(answers[voted] == answer) for answer in np.unique(answers[voted])]
        best = [
            rows[np.argsort(-scores["vote_share"][voted[rows]], kind="stable")] for rows in ranks
        ]
        return np.sort(voted[np.concatenate([r[: int(np.ceil(keep * len(r)))] for r in best])])
    count = int(np.ceil(keep * len(voted)))
    if arm == "random":
        return np.sort(np.random.default_rng([seed, 16]).permutation(voted)[:count])
    order = np.argsort(-scores[RANKED_BY[arm]][voted], kind="stable")
    return np.sort(voted[order[:count]])


def column(table: pa.Table, name: str) -> FloatArray:
    """A column of numbers."""
    return np.asarray(table[name].to_numpy(), float)
