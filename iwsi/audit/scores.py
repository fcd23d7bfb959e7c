"""The scores of audited votes: each one higher where it takes the vote to be right."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iwsi.filter.conformal import conformal_p_values
from iwsi.filter.ds_weight import length_ds_weight, one_sided_distance, two_sided_distance

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LEAST_COMPARED = 2  # other rows that likeness to labelled rows is measured by

# What a sentence calls each score.
TITLES: Mapping[str, str] = {
    "vote_share": "the vote share",
    "margin": "the vote's margin",
    "entropy": "the vote's entropy",
    "low_loss": "low loss",
    "low_loss_best": "low loss of the vote's best candidate",
    "low_loss_mean": "low loss of all the vote's candidates",
    "ds_weight_sequence": "the DS weight over the sequence",
    "ds_weight_completion": "the DS weight over the completion",
    "ds_one_sided": "the one-sided DS weight over the completion",
    "ds_weight_length_sequence": "the DS weight at its length, over the sequence",
    "ds_weight_length_completion": "the DS weight at its length, over the completion",
    "conformal_sequence": "likeness to labelled rows by loss and length, over the sequence",
    "conformal_completion": "likeness to labelled rows by loss and length, over the completion",
    "ds_weight_right_answers": "the DS weight against the model's right answers",
    "rating": "the model's own rating",
    "reward": "the reward model",
    "density": "the density ratio",
    "probability": "the fitted probability",
}


@dataclass(frozen=True, slots=True, eq=False)
class AuditedVotes:
    """Labelled rows that were sampled and voted; arrays have shape (Q,), one entry a row.

    Attributes:
        gold: each row's label, canonical.
        answer: the vote's answer; None where there is no majority.
        vote_share_Q: the majority's share; NaN without one.
        margin_Q: that share less the share of the answer in second place.
        vote_entropy_Q: normalised entropy of the answers.
        nll_completion_Q: mean token loss of the vote's first candidate, over its completion.
        nll_sequence_Q: the same over prompt and completion; None where it was not scored.
        nll_best_Q: the lowest completion loss among the vote's candidates.
        nll_mean_Q: the mean completion loss of the vote's candidates.
        rationale_completion_Q: completion loss of each row's own worked answer; None as above.
        rationale_sequence_Q: the same over prompt and completion.
        rationale_tokens_Q: tokens of that answer; None as above.
        num_tokens_Q: tokens of the vote's first candidate.
        others: further scores by name, such as a rating, higher where they take it to be right.
    """

    gold: tuple[str, ...]
    answer: tuple[str | None, ...]
    vote_share_Q: FloatArray
    margin_Q: FloatArray
    vote_entropy_Q: FloatArray
    nll_completion_Q: FloatArray
    nll_sequence_Q: FloatArray | None = None
    nll_best_Q: FloatArray | None = None
    nll_mean_Q: FloatArray | None = None
    rationale_completion_Q: FloatArray | None = None
    rationale_sequence_Q: FloatArray | None = None
    rationale_tokens_Q: FloatArray | None = None
    num_tokens_Q: FloatArray | None = None
    others: Mapping[str, FloatArray] | None = None

    @property
    def voted_Q(self) -> BoolArray:
        """Which rows have a majority, shape (Q,)."""
        return np.array([answer is not None for answer in self.answer], bool)

    @property
    def right_Q(self) -> BoolArray:
        """Where the vote gives the label, shape (Q,)."""
        return np.array([a == g for a, g in zip(self.answer, self.gold, strict=True)], bool)


def vote_scores(votes: AuditedVotes) -> dict[str, FloatArray]:
    """Every score that can be computed, by name, shape (Q,); higher: more likely right.

    A DS weight compares a row's candidate with the worked answers of the *other* rows: in a round
    the weighed question is none of the labelled ones either.
    """
    scores = {
        "vote_share": votes.vote_share_Q,
        "margin": votes.margin_Q,
        "entropy": -votes.vote_entropy_Q,
        "low_loss": -votes.nll_completion_Q,
    }
    if votes.nll_best_Q is not None:
        scores["low_loss_best"] = -votes.nll_best_Q
    if votes.nll_mean_Q is not None:
        scores["low_loss_mean"] = -votes.nll_mean_Q
    if votes.nll_sequence_Q is not None and votes.rationale_sequence_Q is not None:
        others_Q = mean_of_others(votes.rationale_sequence_Q)
        scores["ds_weight_sequence"] = -two_sided_distance(votes.nll_sequence_Q, others_Q)
    if votes.rationale_completion_Q is not None:
        others_Q = mean_of_others(votes.rationale_completion_Q)
        scores["ds_weight_completion"] = -two_sided_distance(votes.nll_completion_Q, others_Q)
        scores["ds_one_sided"] = -one_sided_distance(votes.nll_completion_Q, others_Q)
    if votes.right_Q.sum() > 1:
        others_Q = mean_of_others(np.where(votes.right_Q, votes.nll_completion_Q, np.nan))
        scores["ds_weight_right_answers"] = -two_sided_distance(votes.nll_completion_Q, others_Q)
    return scores | _by_length(votes) | dict(votes.others or {})


def _by_length(votes: AuditedVotes) -> dict[str, FloatArray]:
    """The scores that compare a vote with worked answers of like length."""
    if votes.rationale_tokens_Q is None or votes.num_tokens_Q is None:
        return {}
    rationale_tokens_Q = votes.rationale_tokens_Q.astype(np.int64)
    num_tokens_Q = np.nan_to_num(votes.num_tokens_Q, nan=1.0).astype(np.int64)
    compared = {
        "sequence": (votes.nll_sequence_Q, votes.rationale_sequence_Q),
        "completion": (votes.nll_completion_Q, votes.rationale_completion_Q),
    }
    scores = {}
    for over, (nll_Q, rationale_Q) in compared.items():
        if nll_Q is None or rationale_Q is None or len(nll_Q) <= LEAST_COMPARED:
            continue
        length_Q, p_Q = np.full(len(nll_Q), np.nan), np.full(len(nll_Q), np.nan)
        for row in np.flatnonzero(np.isfinite(nll_Q)):
            others = np.arange(len(nll_Q)) != row
            compared_with = rationale_Q[others], rationale_tokens_Q[others]
            one = slice(row, row + 1)
            length_Q[one] = -length_ds_weight(nll_Q[one], num_tokens_Q[one], *compared_with)
            p_Q[one] = conformal_p_values(nll_Q[one], num_tokens_Q[one], *compared_with)
        scores[f"ds_weight_length_{over}"] = length_Q
        scores[f"conformal_{over}"] = p_Q
    return scores


def mean_of_others(values_Q: FloatArray) -> FloatArray:
    """For each row the mean of all other rows' values, shape (Q,); NaN values do not count."""
    finite_Q = np.isfinite(values_Q)
    total, count_Q = values_Q[finite_Q].sum(), finite_Q.sum() - finite_Q
    value_Q = np.where(finite_Q, values_Q, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((total - value_Q) / count_Q, float)
