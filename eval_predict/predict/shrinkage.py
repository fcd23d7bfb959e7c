"""A doubly robust estimate shrunk towards two factor models', by how far those may be off."""

from typing import NamedTuple

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.irt.constants import Shrinkage
from eval_predict.irt.explanations import FREE_WIDE, NARROW_WIDE, chances, fit_explanations
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.predict.doubly_robust import DoublyRobust
from eval_predict.stats.intervals import normal_quantile, t_quantiles

_CHANCES = (0.003, 0.997)
_EDGE = 0.3  # of a score: how near to no or all right answers a mean may come
_LEAST_FREEDOM = 3.0
_LEVEL = 0.95  # at which the design's variance is widened as Student's quantile would
_LEAST_DISPERSION = 1e-3
_BISECTIONS = 30
_EDGE_VARIANCE = 0.005 * 0.995  # a mean at the edge is as uncertain as one half a point inside


class ModelMeans(NamedTuple):
    """Estimates of F = 2 factor models for T targets.

    Attributes:
        mean_FT: mean score over all items, the observed ones as they are.
        variance_FT: of that mean's error if the model is right.
        apart_FT: variance of its distance from the doubly robust estimate if the model is right.
        evidence_FT: log probability of the observed scores.
    """

    mean_FT: Floats
    variance_FT: Floats
    apart_FT: Floats
    evidence_FT: Floats


class Mixture(NamedTuple):
    """K distributions (T, K) of a mean score, and their weights, of sum 1 a target."""

    mean_TK: Floats
    variance_TK: Floats
    weight_TK: Floats

    @property
    def mean_T(self) -> Floats:
        """The expected mean score."""
        return np.asarray((self.weight_TK * self.mean_TK).sum(axis=1))

    @property
    def variance_T(self) -> Floats:
        """Its variance, within and between the K."""
        apart_TK = self.mean_TK - self.mean_T[:, None]
        return np.asarray((self.weight_TK * (self.variance_TK + apart_TK**2)).sum(axis=1))

    def quantile(self, share: float) -> Floats:
        """The mean score (T,) that lies above this share of the mixture.

        Each part has Wilson's shape: its spread at a mean θ is that of as many items as would
        leave its variance, were θ the truth. Near 0 and 1 that is far narrower on the outer side
        than a normal distribution in logits.

        Source: Wilson 1927, J. Am. Stat. Assoc. 22:209-212.
        """
        from scipy.special import ndtr

        variance_TK = np.maximum(self.mean_TK * (1 - self.mean_TK), _EDGE_VARIANCE)
        needed_TK = self.variance_TK / variance_TK
        low_T, high_T = np.zeros(len(needed_TK)), np.ones(len(needed_TK))
        for _ in range(_BISECTIONS):
            middle_T = (low_T + high_T) / 2
            middle_T1 = middle_T[:, None]
            spread_TK = np.sqrt(np.maximum(middle_T1 * (1 - middle_T1) * needed_TK, 1e-30))
            below_TK = ndtr((middle_T1 - self.mean_TK) / spread_TK)
            short_T = (self.weight_TK * below_TK).sum(axis=1) < share
            low_T, high_T = np.where(short_T, middle_T, low_T), np.where(short_T, high_T, middle_T)
        return np.asarray((low_T + high_T) / 2)


def model_means(
    model: HistoryModel, observed: Observed, weight_Tn: Floats, overdispersion: float
) -> ModelMeans:
    """The two factor models' estimates, abilities far beyond the history's allowed.

    The variance of a score given its chance is P(1 − P) for scores of 0 and 1; for others it is
    that times the ratio by which the observed residuals differ from it.
    """
    n, N = observed.shape[1], model.num_items
    fits = fit_explanations(model, (NARROW_WIDE, FREE_WIDE), observed)
    stands_for_Tn = np.maximum(weight_Tn - 1, 0)
    share_Tn = stands_for_Tn / np.maximum(stands_for_Tn.sum(axis=1, keepdims=True), 1e-12)
    drawn_Tn = 1 / N + (1 - n / N) * share_Tn  # influence of a score on the doubly robust estimate
    rows = []
    for explanation, factors, factor_Tk, information_Tkk in zip(
        (NARROW_WIDE, FREE_WIDE),
        (model.narrow_, model.free_),
        fits.factor_CTk,
        fits.information_CTkk,
        strict=True,
    ):
        probability_TN = np.clip(chances(model, explanation, factor_Tk), *_CHANCES)
        sampled_Tn = np.take_along_axis(probability_TN, observed.items_Tn, axis=1)
        spread_Tn = sampled_Tn * (1 - sampled_Tn)
        dispersion_T = (
            _dispersion(model, observed.scores_Tn - sampled_Tn, spread_Tn) * overdispersion
        )
        np.put_along_axis(probability_TN, observed.items_Tn, observed.scores_Tn, axis=1)
        mean_T = np.clip(probability_TN.mean(axis=1), _EDGE / N, 1 - _EDGE / N)
        spread_TN = probability_TN * (1 - probability_TN)
        np.put_along_axis(spread_TN, observed.items_Tn, 0.0, axis=1)
        slope_Tk = spread_TN @ factors.loading_Nk_ / N
        pull_Tk = np.linalg.solve(information_Tkk, slope_Tk[..., None])[..., 0]
        variance_T = (slope_Tk * pull_Tk).sum(axis=1) + spread_TN.sum(axis=1) / N**2
        loading_Tnk = factors.loading_Nk_[observed.items_Tn]
        influence_Tn = 1 / N + (loading_Tnk @ pull_Tk[..., None])[..., 0]
        apart_T = ((drawn_Tn - influence_Tn) ** 2 * spread_Tn).sum(axis=1)
        rows.append((mean_T, dispersion_T * variance_T, dispersion_T * apart_T))
    means_FT, variance_FT, apart_FT = (np.stack(arrays) for arrays in zip(*rows, strict=True))
    return ModelMeans(means_FT, variance_FT, np.maximum(apart_FT, 1e-12), fits.evidence_CT)


def shrunken(
    means: ModelMeans,
    robust: DoublyRobust,
    effective_T: Floats,
    num_items: int,
    constants: Shrinkage,
) -> Mixture:
    """One distribution for each factor model and size τ of its own error.

    If a factor model is right, its mean is efficient, so that the distance D to the doubly robust
    estimate is independent of the mean's error. So D² against D's own variance v alone tells how
    large a bias τ is likely, and the mean is corrected by `τ² / (τ² + v) · D`.

    Args:
        means: what the factor models say.
        robust: the doubly robust estimates.
        effective_T: Kish's effective numbers of drawn items.
        num_items: N.
        constants: how far to shrink.

    Source: Hausman 1978, Econometrica 46:1251-1271 (D's variance); Green & Strawderman 1991,
    J. Am. Stat. Assoc. 86:1001-1006 (shrinkage), with τ averaged out.
    """
    mean_FT1, variance_FT1 = means.mean_FT[..., None], means.variance_FT[..., None]
    apart_FT1 = means.apart_FT[..., None]
    tau2_FTL = (np.array(constants.sizes) * mean_FT1 * (1 - mean_FT1)) ** 2
    kept_FTL = tau2_FTL / (tau2_FTL + apart_FT1)
    distance_FT1 = robust.mean_T[None, :, None] - mean_FT1
    edge = _EDGE / num_items
    centre_FTL = np.clip(mean_FT1 + kept_FTL * distance_FT1, edge, 1 - edge)
    design_T = _design_variance(robust.variance_T, effective_T, constants)
    remaining_FT1 = np.maximum(apart_FT1, design_T[None, :, None] - variance_FT1)
    variance_FTL = variance_FT1 + kept_FTL * remaining_FT1
    least_FT1 = constants.least_variance * robust.variance_T[None, :, None]
    variance_FTL = np.maximum(variance_FTL, least_FT1)
    ratio_FTL = (apart_FT1 + tau2_FTL) / apart_FT1
    rho = constants.evidence_power
    log_FTL = (
        np.array([0.0, constants.free_evidence])[:, None, None]
        + np.log(constants.size_shares)
        + rho * means.evidence_FT[..., None]
        - distance_FT1**2 / 2 * (1 / ratio_FTL - rho) / apart_FT1
        - np.log(ratio_FTL) / 2
    )
    centre_TK, variance_TK, log_TK = (
        array_FTL.transpose(1, 0, 2).reshape(array_FTL.shape[1], -1)
        for array_FTL in (centre_FTL, variance_FTL, log_FTL)
    )
    weight_TK = np.exp(log_TK - log_TK.max(axis=1, keepdims=True))
    return Mixture(centre_TK, variance_TK, weight_TK / weight_TK.sum(axis=1, keepdims=True))


def _design_variance(variance_T: Floats, effective_T: Floats, constants: Shrinkage) -> Floats:
    """The doubly robust estimate's variance, as wide as Student's t with its freedom would be."""
    freedom_T = np.maximum(effective_T - constants.spent_freedom, _LEAST_FREEDOM)
    widened_T = (t_quantiles(_LEVEL, freedom_T) / normal_quantile(_LEVEL)) ** 2
    return np.asarray(constants.design_overdispersion * widened_T * variance_T)


def _dispersion(model: HistoryModel, error_Tn: Floats, spread_Tn: Floats) -> Floats | float:
    if model.binary_:
        return 1.0
    ratio_T = (error_Tn**2).sum(axis=1) / spread_Tn.sum(axis=1)
    return np.asarray(np.maximum(ratio_T, _LEAST_DISPERSION))
