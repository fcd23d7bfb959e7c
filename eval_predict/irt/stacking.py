"""The factor model's prediction and the ridge's, weighted by leave-one-out error on the target."""

from typing import NamedTuple

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.stats.logistic import logistic
from eval_predict.stats.ridge import item_ridge

_MOST_LEVERAGE = 0.9
_LEAST_ERROR = 1e-4  # mean square, so that a perfect fit of few items does not decide alone
_SHARPNESS = 0.5  # 1 would take the n errors for independent, which they are not


class CombinedPrediction(NamedTuple):
    """Predictions (T, N) for all items, and how much each observed score pulls its own (T, n)."""

    prediction_TN: Floats
    leverage_Tn: Floats


def combined_prediction(
    model: HistoryModel, observed: Observed, weight_Tn: Floats
) -> CombinedPrediction:
    """Mix the narrow factor model and the weighted ridge for each of T targets.

    The shares follow the likelihood of the observed scores under Gaussian errors, as left-out
    items showed them: a half each where both predict them equally well.

    Args:
        model: fitted on the history.
        observed: T targets; scores scaled.
        weight_Tn: how many items each observed one stands for.

    Source: pseudo-Bayesian model averaging, Yao, Vehtari, Simpson & Gelman 2018, Bayesian
    Analysis 13:917-1007, section 3.4.
    """
    ridge = item_ridge(model.scores_MN_, observed, weight_Tn)
    posterior = model.narrow_.posterior(observed.items_Tn, observed.scores_Tn)
    probability_TN = model.narrow_.probability(posterior)
    sampled_model_Tn = np.take_along_axis(probability_TN, observed.items_Tn, axis=1)
    loading_Tnk = model.narrow_.loading_Nk_[observed.items_Tn]
    # How far one score moves the factors, and they its own prediction (Laplace's leverage).
    pull_Tn = ((loading_Tnk @ posterior.covariance_Tkk) * loading_Tnk).sum(axis=2)
    pull_Tn *= sampled_model_Tn * (1 - sampled_model_Tn)
    sampled_ridge_Tn = np.take_along_axis(ridge.prediction_TN, observed.items_Tn, axis=1)
    factors_T = _left_out_error(observed, sampled_model_Tn, pull_Tn, weight_Tn)
    ridge_T = _left_out_error(observed, sampled_ridge_Tn, ridge.leverage_Tn, weight_Tn)
    evidence_T = _SHARPNESS * observed.shape[1] / 2 * np.log(factors_T / ridge_T)
    # Factors of models that differ by no more than noise are noise.
    share_T = logistic(evidence_T)[:, None] if model.differs_ else 1.0
    leverage_Tn = (1 - share_T) * pull_Tn + share_T * ridge.leverage_Tn
    return CombinedPrediction(
        (1 - share_T) * probability_TN + share_T * ridge.prediction_TN,
        np.clip(leverage_Tn, 0, _MOST_LEVERAGE),
    )


def _left_out_error(
    observed: Observed, prediction_Tn: Floats, leverage_Tn: Floats, weight_Tn: Floats
) -> Floats:
    error_Tn = (observed.scores_Tn - prediction_Tn) / (1 - np.clip(leverage_Tn, 0, _MOST_LEVERAGE))
    square_T = (weight_Tn * error_Tn**2).sum(axis=1) / weight_Tn.sum(axis=1)
    return np.asarray(square_T + _LEAST_ERROR)
