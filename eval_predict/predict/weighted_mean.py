"""The estimate by the draws alone: the fallback where a history is too small for a model."""

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.irt.item_bank import MIN_MODELS
from eval_predict.predict.predictor import Prediction
from eval_predict.predict.sample_mean import drawn_unevenly
from eval_predict.stats.intervals import UNIT, Limits, mean_bounds, t_quantiles, wilson_bounds
from eval_predict.stats.survey_weights import drawn_weights, weighted_mean

_LEAST_VARIANCE = 0.25  # of a score in [0, 1], as if one more had been seen


def weighted_prediction(
    observed: Observed, num_items: int, level: float, limits: Limits
) -> Prediction:
    """The mean of the observed scores, weighted where they were drawn with unequal probabilities.

    Args:
        observed: T targets.
        num_items: N.
        level: coverage of the interval.
        limits: of the history's scores; [0, 1] gives the interval Wilson's shape.

    Source: Hájek's estimator, Särndal, Swensson & Wretman 1992, section 5.7.
    """
    warnings: tuple[str, ...] = (f"fewer than {MIN_MODELS} models in the history: the sample mean",)
    drawn = bool((observed.probability_Tn > 0).all())
    if not drawn:
        warnings += ("no item was drawn at random: the items count as an even draw",)
    if not drawn or not drawn_unevenly(observed) or limits != UNIT:
        bounds = mean_bounds(observed.scores_Tn, level, num_items, limits)
        return Prediction(observed.scores_Tn.mean(axis=1), *bounds, warnings)
    weight_Tn = drawn_weights(observed, num_items)
    found = weighted_mean(observed.scores_Tn, weight_Tn, num_items)
    n = observed.shape[1]
    variance_T = np.where(np.isfinite(found.variance_T), found.variance_T, _LEAST_VARIANCE)
    # Scores that are all alike show no variance.
    variance_T = variance_T + (1 - n / num_items) * _LEAST_VARIANCE / (n + 1) ** 2
    bounds = wilson_bounds(found.mean_T, variance_T, t_quantiles(level, found.freedom_T))
    return Prediction(found.mean_T, *bounds, warnings)
