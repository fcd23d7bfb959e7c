"""The mean of a target's scores from a model of them, corrected by the sampled errors."""

from typing import NamedTuple

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.irt.stacking import combined_prediction

_LARGEST_VARIANCE = 0.25  # that of a score in [0, 1]
_CHOICES = 3  # made by looking at the errors: their mean, the mix of models, the sizes of draws


class DoublyRobust(NamedTuple):
    """Estimates of T targets' mean scores (scaled), with the variance that the sampling leaves."""

    mean_T: Floats
    variance_T: Floats


def doubly_robust(model: HistoryModel, observed: Observed, weight_Tn: Floats) -> DoublyRobust:
    """The observed scores, predictions for the others, and a correction by the sampled errors.

    The mean error of `combined_prediction` on the unseen items is estimated by the errors on the
    drawn ones, each standing for `weight − 1` unseen items: right where either the predictions or
    the weights are. The variance takes leave-one-out errors, since the predictions have seen the
    scores.

    Args:
        model: fitted on the history.
        observed: T targets; scores scaled.
        weight_Tn: (T, n) ≥ 1; 1 for an item that stands for itself alone.

    Source: Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, eq. 6.3.4 and 6.6.3
    (its variance, here with leave-one-out residuals); for benchmarks arXiv:2506.07673, section 3
    (AIPW).
    """
    n, unseen = observed.shape[1], model.num_items - observed.shape[1]
    combined = combined_prediction(model, observed, weight_Tn)
    filled_TN = combined.prediction_TN.copy()
    error_Tn = observed.scores_Tn - np.take_along_axis(filled_TN, observed.items_Tn, axis=1)
    np.put_along_axis(filled_TN, observed.items_Tn, observed.scores_Tn, axis=1)
    # A draw of the next stage may have been nearly sure, and a rounding error puts it below 1.
    stands_for_Tn = np.maximum(weight_Tn - 1, 0.0)
    total_T = np.maximum(stands_for_Tn.sum(axis=1), 1e-12)
    correction_T = (stands_for_Tn * error_Tn).sum(axis=1) / total_T
    mean_T = filled_TN.mean(axis=1) + correction_T * unseen / model.num_items
    left_out_Tn = (error_Tn - correction_T[:, None]) / (1 - combined.leverage_Tn)
    spread_T = (weight_Tn * stands_for_Tn * left_out_Tn**2).sum(axis=1) / model.num_items**2
    drawn_T = (stands_for_Tn > 0).sum(axis=1)
    spread_T *= drawn_T / np.maximum(drawn_T - _CHOICES, 1)
    unknown = _error_variance(model)
    variance_T = np.where(drawn_T > 1, spread_T, unknown)
    # With few draws all errors may be 0 by chance: as if one more had erred as much as can be.
    share = unseen / model.num_items
    floor_T = share**2 * unknown / (np.maximum(drawn_T, 1) + n) ** 2
    return DoublyRobust(mean_T, variance_T + floor_T)


def _error_variance(model: HistoryModel) -> float:
    """Error variance of a prediction by the item alone: a half squared, less if graded."""
    if model.binary_:
        return _LARGEST_VARIANCE
    gap_MN = model.scores_MN_ - model.mean_N_
    return min(float((gap_MN**2).mean()), _LARGEST_VARIANCE)
