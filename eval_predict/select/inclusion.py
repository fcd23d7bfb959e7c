"""How probable it was for each observed item to be drawn in any of the default design's stages."""

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.irt.constants import Staging
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.select.active_sampling import first_probability, later_size, unseen_probability
from eval_predict.stats.survey_weights import drawn_weights

_SAME = 1e-4  # relative difference that arithmetic of another machine may make


def design_weights(model: HistoryModel, observed: Observed, staging: Staging) -> Floats:
    """How many items each observed one represents (T, n), at least about 1.

    Where the draws are those of `ActiveDesign` (its probabilities are computed anew and compared),
    the weight is one over the probability of being drawn in any stage:
    `W ← W + (1 − W) π`, with π as it would have been had the item not been seen before. As later
    probabilities follow the scores, that is nearly and not exactly without bias; it has a
    twentieth less error than `stage_weights`, which is exact and serves for all other draws.

    Args:
        model: fitted on the history.
        observed: T targets; scores scaled.
        staging: of the design that may have drawn them.
    """
    weight_Tn = drawn_weights(observed, model.num_items)
    stages = np.unique(observed.stage_n)
    if len(stages) < 2 or not model.differs_:
        return weight_Tn
    consistent_T, inclusion_Tn = _accumulated(model, observed, staging)
    return np.where(consistent_T[:, None], 1 / np.minimum(inclusion_Tn, 1), weight_Tn)


def _accumulated(
    model: HistoryModel, observed: Observed, staging: Staging
) -> tuple[np.ndarray, Floats]:
    """Which targets were drawn by the default design, and their items' inclusion probabilities."""
    first, *later = np.unique(observed.stage_n)
    columns_n = observed.stage_n == first
    stated_Tn = observed.probability_Tn
    first_1N = first_probability(model, int(columns_n.sum()), staging.first)
    inclusion_Tn = first_1N[0][observed.items_Tn]
    consistent_T = _same(inclusion_Tn[:, columns_n], stated_Tn[:, columns_n])
    for stage in later:
        before_n, columns_n = observed.stage_n < stage, observed.stage_n == stage
        if not consistent_T.any():
            break
        count = int(columns_n.sum())
        before = observed.columns(before_n)
        size_TN = later_size(model, before, staging)
        probability_TN = unseen_probability(size_TN, before.items_Tn, count)
        probability_Tn = np.take_along_axis(probability_TN, observed.items_Tn, axis=1)
        consistent_T &= _same(probability_Tn[:, columns_n], stated_Tn[:, columns_n])
        size_Tn = np.take_along_axis(size_TN, observed.items_Tn, axis=1)
        open_T = size_TN.sum(axis=1) - size_Tn[:, before_n].sum(axis=1)
        had_Tn = np.minimum(1, size_Tn * (count / np.maximum(open_T, 1e-12))[:, None])
        inclusion_Tn += (1 - inclusion_Tn) * np.where(before_n, had_Tn, probability_Tn)
    return consistent_T, inclusion_Tn


def _same(one_Tn: Floats, other_Tn: Floats) -> np.ndarray:
    return np.asarray((np.abs(one_Tn - other_Tn) <= _SAME * one_Tn).all(axis=1))
