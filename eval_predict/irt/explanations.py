"""Fits of a few scores of a new model under several explanations of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.irt.constants import MISFITS, Staging
from eval_predict.irt.factor_model import FactorModel, Floats
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.stats.logistic import logistic

_STEPS = 8
_LONGEST_STEP = 3.0
_NEGLIGIBLE = 1e-5  # weight below which an explanation's chances are not worth computing
_CHANCES = (0.001, 0.999)


class Explanation(NamedTuple):
    """`P(right) = floor + (ceiling − floor) · logistic(b_a + v_a · u)`, with a Gaussian prior of u.

    Attributes:
        free: whether the factor model is the one with free loadings on ability, or the narrow one.
        wide: whether ability may lie far beyond the history's.
        slope: a; items differ in difficulty, and ask for other factors, by so much of what they do
            for the history. At 0 all items are alike.
        floor: chance of a right answer without any ability.
        ceiling: chance of a right answer with all of it.
    """

    free: bool
    wide: bool
    slope: float = 1.0
    floor: float = 0.0
    ceiling: float = 1.0


class Fits(NamedTuple):
    """C explanations of the scores of T targets, each at its most probable factors.

    Attributes:
        factor_CTk: the factors.
        information_CTkk: inverse of their posterior covariance, by Laplace's approximation.
        evidence_CT: log probability of the scores with the factors integrated out.
    """

    factor_CTk: Floats
    information_CTkk: Floats
    evidence_CT: Floats


NARROW_WIDE = Explanation(free=False, wide=True)
FREE_WIDE = Explanation(free=True, wide=True)
MISFITTING = tuple(Explanation(False, True, *misfit) for misfit in MISFITS)
_ORDINARY = (Explanation(False, False), Explanation(True, False), NARROW_WIDE)


def fit_explanations(
    model: HistoryModel, explanations: tuple[Explanation, ...], observed: Observed
) -> Fits:
    """Fisher scoring of each explanation's penalised likelihood.

    Args:
        model: fitted on the history.
        explanations: C of them.
        observed: T targets; scores scaled.

    Source: Laplace's approximation, MacKay 1992, Neural Comput. 4:415-447.
    """
    items_Tn, score_Tn = observed.items_Tn, observed.scores_Tn
    bias_CTn, loading_CTnk = (
        np.stack(arrays)
        for arrays in zip(
            *(_items(model, explanation, items_Tn) for explanation in explanations), strict=True
        )
    )
    prior_Ckk = np.stack([_prior(model, explanation) for explanation in explanations])
    floor_C11 = np.array([explanation.floor for explanation in explanations])[:, None, None]
    span_C11 = (
        np.array([explanation.ceiling for explanation in explanations])[:, None, None] - floor_C11
    )
    factor_CTk = np.zeros((*bias_CTn.shape[:2], prior_Ckk.shape[-1]))
    for step in range(_STEPS + 1):
        logit_CTn = bias_CTn + (loading_CTnk @ factor_CTk[..., None])[..., 0]
        share_CTn = logistic(np.clip(logit_CTn, -20, 20))
        probability_CTn = floor_C11 + span_C11 * share_CTn
        slope_CTn = span_C11 * share_CTn * (1 - share_CTn)
        spread_CTn = probability_CTn * (1 - probability_CTn)
        weighted_CTnk = loading_CTnk * (slope_CTn**2 / spread_CTn)[..., None]
        information_CTkk = np.swapaxes(weighted_CTnk, 2, 3) @ loading_CTnk + prior_Ckk[:, None]
        pulled_CTk = (factor_CTk[..., None, :] @ prior_Ckk[:, None])[..., 0, :]
        if step == _STEPS:
            break
        error_CTn = slope_CTn / spread_CTn * (score_Tn - probability_CTn)
        gradient_CTk = (error_CTn[..., None, :] @ loading_CTnk)[..., 0, :] - pulled_CTk
        step_CTk = np.linalg.solve(information_CTkk, gradient_CTk[..., None])[..., 0]
        length_CT1 = np.linalg.norm(step_CTk, axis=-1, keepdims=True)
        factor_CTk += step_CTk * np.minimum(1, _LONGEST_STEP / np.maximum(length_CT1, 1e-12))
    fitted_CT = (
        score_Tn * np.log(probability_CTn) + (1 - score_Tn) * np.log1p(-probability_CTn)
    ).sum(-1)
    evidence_CT = fitted_CT - (factor_CTk * pulled_CTk).sum(axis=-1) / 2
    evidence_CT -= np.linalg.slogdet(information_CTkk)[1] / 2
    evidence_CT += np.linalg.slogdet(prior_Ckk)[1][:, None] / 2
    return Fits(factor_CTk, information_CTkk, evidence_CT)


def chances(model: HistoryModel, explanation: Explanation, factor_Tk: Floats) -> Floats:
    """The expected score (T, N) of each target on each item."""
    bias_N, loading_Nk = _items(model, explanation, np.arange(model.num_items))
    share_TN: Floats = logistic(bias_N + factor_Tk @ loading_Nk.T)
    share_TN *= explanation.ceiling - explanation.floor
    share_TN += explanation.floor
    return share_TN


def mixed_chances(model: HistoryModel, observed: Observed, staging: Staging) -> Floats:
    """The expected scores (T, N), averaged over ordinary explanations and misfits.

    Half of the ordinary ones' prior lies on abilities like the history's, shared by both factor
    models, half on abilities that may lie far beyond.
    """
    q = staging.misfit_share
    explanations = (*_ORDINARY, *MISFITTING)
    prior_C = np.array(
        [0.25 * (1 - q), 0.25 * (1 - q), 0.5 * (1 - q)] + [q / len(MISFITTING)] * len(MISFITTING)
    )
    fits = fit_explanations(model, explanations, observed)
    log_CT = np.log(prior_C)[:, None] + staging.evidence_power * fits.evidence_CT
    weight_CT = np.exp(log_CT - log_CT.max(axis=0))
    weight_CT /= weight_CT.sum(axis=0)
    mixed_TN = np.zeros((observed.shape[0], model.num_items))
    for explanation, factor_Tk, weight_T in zip(
        explanations, fits.factor_CTk, weight_CT, strict=True
    ):
        if weight_T.max() > _NEGLIGIBLE:
            mixed_TN += weight_T[:, None] * chances(model, explanation, factor_Tk)
    return np.clip(mixed_TN, *_CHANCES, out=mixed_TN)


def misfit_evidence(model: HistoryModel, observed: Observed) -> Floats:
    """Log Bayes factor (T,) of the misfits together against the two factor models together."""
    ordinary_CT = fit_explanations(model, (NARROW_WIDE, FREE_WIDE), observed).evidence_CT
    misfit_CT = fit_explanations(model, MISFITTING, observed).evidence_CT
    return _log_mean(misfit_CT) - _log_mean(ordinary_CT)


def _items(
    model: HistoryModel, explanation: Explanation, items: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    factors, a = _factors(model, explanation), explanation.slope
    bias, loading_k = factors.bias_N_[items], factors.loading_Nk_[items]
    if a == 1:
        return bias, loading_k
    level = float(factors.bias_N_.mean())
    loading_k = a * loading_k
    # The loading on ability tends to 1, so that a target of any rate of success can be explained.
    loading_k[..., 0] += 1 - a
    return level + a * (bias - level), loading_k


def _factors(model: HistoryModel, explanation: Explanation) -> FactorModel:
    return model.free_ if explanation.free else model.narrow_


def _prior(model: HistoryModel, explanation: Explanation) -> Floats:
    factors = _factors(model, explanation)
    return factors.precision_kk_ if explanation.wide else factors.precision_within_kk_


def _log_mean(log_CT: Floats) -> Floats:
    most_T = log_CT.max(axis=0)
    return np.asarray(most_T + np.log(np.exp(log_CT - most_T).mean(axis=0)))
