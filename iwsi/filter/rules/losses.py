"""Filters that compare losses with those of the labelled examples."""

import numpy as np

from iwsi.filter.conformal import conformal_p_values
from iwsi.filter.ds_weight import ds_weight, length_ds_weight, one_sided_ds_weight
from iwsi.filter.method import Method, Need
from iwsi.filter.select import select
from iwsi.filter.shared import also, best_share, limited, required
from iwsi.filter.verdict import Candidates, FloatArray, Verdict
from iwsi.recipe.filter import (
    Conformal,
    Iwsi,
    IwsiLength,
    IwsiOneSided,
    IwsiRightAnswers,
    IwsiWeighted,
)


def iwsi(candidates: Candidates, rule: Iwsi) -> Verdict:
    """Keep the share of the majority with the lowest DS weight.

    Source: arXiv:2408.09849, section 3.
    """
    weight_C = required(candidates.ds_weight_C)
    reason_C = select(
        candidates.vote_reason_C,
        candidates.question_C,
        weight_C,
        keep=rule.keep,
        max_per_question=rule.max_per_question,
    )
    return Verdict(reason_C, weight_C)


def iwsi_weighted(candidates: Candidates, rule: IwsiWeighted) -> Verdict:
    """Keep the majority; the inverse DS weight of a candidate is its loss weight.

    Source: IWSI-w of arXiv:2408.09849; how the weight enters the loss is our own.
    """
    weight_C = required(candidates.ds_weight_C)
    without_C = ~np.isfinite(weight_C)
    reason_C = also(candidates.vote_reason_C, without_C, "no_finite_loss")
    return limited(candidates, rule, reason_C, weight_C)


def by_ds_weight(candidates: Candidates, rule: IwsiWeighted) -> FloatArray:
    """`1 / DS weight`, at least `1 / weight_cap`: a larger shift has a smaller weight."""
    with np.errstate(divide="ignore"):
        return np.fmax(1 / required(candidates.ds_weight_C), 1 / rule.weight_cap)


def iwsi_length(candidates: Candidates, rule: IwsiLength) -> Verdict:
    """As `iwsi`, with each loss compared with that of validation rows of similar length."""
    weight_C = length_ds_weight(
        required(candidates.nll_C),
        candidates.num_tokens_C,
        required(candidates.validation_nll_V),
        required(candidates.validation_tokens_V),
    )
    return best_share(candidates, rule, weight_C, weight_C, "high_ds_weight", "no_finite_loss")


def iwsi_one_sided(candidates: Candidates, rule: IwsiOneSided) -> Verdict:
    """As `iwsi`, but a loss below that of the labelled examples does not count as a shift."""
    weight_C = one_sided_ds_weight(
        required(candidates.nll_C), required(candidates.validation_nll_V)
    )
    return best_share(candidates, rule, weight_C, weight_C, "high_ds_weight", "no_finite_loss")


def iwsi_right_answers(candidates: Candidates, rule: IwsiRightAnswers) -> Verdict:
    """As `iwsi`, over the completion, against the model's own right answers to labelled rows."""
    weight_C = ds_weight(
        required(candidates.sampled_nll_C), required(candidates.right_answer_nll_R)
    )
    return best_share(candidates, rule, weight_C, weight_C, "high_ds_weight", "no_finite_loss")


def conformal(candidates: Candidates, rule: Conformal) -> Verdict:
    """Keep the majority without outliers from the validation rows, by loss and length.

    The candidates decide how many are dropped, not `keep`.
    """
    p_C = conformal_p_values(
        required(candidates.nll_C),
        candidates.num_tokens_C,
        required(candidates.validation_nll_V),
        required(candidates.validation_tokens_V),
    )
    reason_C = also(candidates.vote_reason_C, np.isnan(p_C), "no_finite_loss")
    return limited(candidates, rule, also(reason_C, p_C <= rule.alpha, "outlier"), p_C)


LOSSES: frozenset[Need] = frozenset({"losses"})

METHODS = (
    Method(Iwsi, iwsi, LOSSES),
    Method(IwsiWeighted, iwsi_weighted, LOSSES, by_ds_weight),
    Method(IwsiLength, iwsi_length, LOSSES),
    Method(IwsiOneSided, iwsi_one_sided, LOSSES),
    Method(IwsiRightAnswers, iwsi_right_answers, frozenset({"audit"})),
    Method(Conformal, conformal, LOSSES),
)
