"""A ridge regression of each target's observed scores on what the history scored on the items."""

from typing import NamedTuple

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import Floats

ALPHA = 30.0


class ItemRidge(NamedTuple):
    """Predictions for all items, and how much each observed score pulls its own prediction."""

    prediction_TN: Floats
    leverage_Tn: Floats


def item_ridge(
    scores_MN: Floats, observed: Observed, weight_Tn: Floats, alpha: float = ALPHA
) -> ItemRidge:
    """Fit n weighted samples with M features for each of T targets, in the dual form.

    Features are the history's scores less each model's mean; the intercept is not penalised.

    Args:
        scores_MN: the history, without NaN.
        observed: T targets on n items each.
        weight_Tn: sampling weights > 0, scaled here to mean 1 for each target.
        alpha: penalty on the coefficients.

    Source: arXiv:2506.07673, section 3 (AIPW's regression, with Ridge); the weighted form is the
    generalised regression estimator of Särndal, Swensson & Wretman 1992, chapter 6.
    """
    n = observed.shape[1]
    feature_MN = scores_MN - scores_MN.mean(axis=1, keepdims=True)
    weight_Tn = weight_Tn / weight_Tn.mean(axis=1, keepdims=True)
    share_Tn = weight_Tn / n
    own_TMn = feature_MN.T[observed.items_Tn].transpose(0, 2, 1)
    centre_TM = (own_TMn @ share_Tn[..., None])[..., 0]
    own_TMn = own_TMn - centre_TM[..., None]
    mean_T = (share_Tn * observed.scores_Tn).sum(axis=1)
    gram_Tnn = own_TMn.transpose(0, 2, 1) @ own_TMn
    penalised_Tnn = gram_Tnn.copy()
    diagonal = np.arange(n)
    penalised_Tnn[:, diagonal, diagonal] += alpha / weight_Tn
    inverse_Tnn = np.linalg.inv(penalised_Tnn)
    dual_Tn = (inverse_Tnn @ (observed.scores_Tn - mean_T[:, None])[..., None])[..., 0]
    coefficient_TM = (own_TMn @ dual_Tn[..., None])[..., 0]
    offset_T = mean_T - (coefficient_TM * centre_TM).sum(axis=1)
    leverage_Tn = np.einsum("tij,tji->ti", gram_Tnn, inverse_Tnn) + share_Tn
    return ItemRidge(offset_T[:, None] + coefficient_TM @ feature_MN, leverage_Tn)
