"""A doubly robust estimate shrunk towards a model's, by how far the model may be off."""

import numpy as np

from eval_predict.irt.constants import AUTO
from eval_predict.predict.shrinkage import Mixture
from eval_predict.stats.intervals import normal_quantile, t_quantile

_LEAST_FREEDOM = 3.0
_USUAL_LEVEL = 0.95


def shrunken(
    modelled: float,
    distance: float,
    *,
    modelled_variance: float,
    distance_variance: float,
    robust_variance: float,
    scale: float,
    effective_size: float,
) -> Mixture:
    """One normal distribution of the true value for each size τ of the model's own error.

    If the model is right, its estimate is efficient, so the distance D between the two estimates
    is independent of the estimate's error. So D² against D's variance v alone distinguishes a model
    error of size τ from noise, and the model's estimate is moved by `τ² / (τ² + v) · D`.

    Args:
        modelled: the model's estimate.
        distance: from it to the doubly robust estimate.
        modelled_variance: of the model's estimate if the model is right.
        distance_variance: of the distance if the model is right.
        robust_variance: of the doubly robust estimate.
        scale: change of the value per logit, which turns sizes in logits into sizes of the value.
        effective_size: of the sample, for the degrees of freedom.

    Source: Hausman 1978, Econometrica 46:1251-1271 (the distance's variance); Green & Strawderman
    1991, J. Am. Stat. Assoc. 86:1001-1006 (shrinkage), with τ averaged out as in
    `eval_predict.predict.shrinkage`.
    """
    constants = AUTO.staged_shrinkage
    apart = max(distance_variance, 1e-12)
    tau2_K = (np.array(constants.sizes) * scale) ** 2
    kept_K = tau2_K / (tau2_K + apart)
    freedom = max(effective_size - constants.spent_freedom, _LEAST_FREEDOM)
    widened = (t_quantile(_USUAL_LEVEL, freedom) / normal_quantile(_USUAL_LEVEL)) ** 2
    design = constants.design_overdispersion * widened * robust_variance
    variance_K = modelled_variance + kept_K * max(apart, design - modelled_variance)
    variance_K = np.maximum(variance_K, constants.least_variance * robust_variance)
    ratio_K = (apart + tau2_K) / apart
    log_K = (
        np.log(constants.size_shares)
        - distance**2 / 2 * (1 / ratio_K - constants.evidence_power) / apart
        - np.log(ratio_K) / 2
    )
    weight_K = np.exp(log_K - log_K.max())
    return Mixture(
        (modelled + kept_K * distance)[None], variance_K[None], (weight_K / weight_K.sum())[None]
    )
