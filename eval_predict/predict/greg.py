"""The doubly robust part of the default method alone."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.irt.item_bank import history_model
from eval_predict.predict.doubly_robust import doubly_robust
from eval_predict.predict.predictor import Prediction, Predictor
from eval_predict.predict.weighted_mean import weighted_prediction
from eval_predict.stats.intervals import t_quantile, wilson_bounds
from eval_predict.stats.survey_weights import drawn_weights

_CHUNK = 30_000_000  # floats of the history gathered for the targets of one go
_PARAMETERS = 6  # that the predictions have in effect learnt from the target's own scores


class GREG(Predictor):
    """Predictions by a factor model and a ridge, and the weighted mean of the sampled errors.

    Approximately design-unbiased whatever the models are worth; not exactly so, as predictions are
    fitted to the same scores that correct them.

    Source: generalised regression estimation, Särndal, Swensson & Wretman 1992, Model Assisted
    Survey Sampling, chapter 6.
    """

    name = "pps_dr"

    def _fit(self, history: ScoreMatrix) -> None:
        self.model_ = history_model(history)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        if self.model_ is None:
            return weighted_prediction(observed, self.num_items_, level, self.limits_)
        model = self.model_
        scaled = observed.with_scores(model.scaled(observed.scores_Tn))
        step = max(1, _CHUNK // (observed.shape[1] * len(model.mean_M_) + model.num_items))
        parts = []
        for start in range(0, observed.shape[0], step):
            part = scaled.rows(slice(start, start + step))
            parts.append(doubly_robust(model, part, drawn_weights(part, model.num_items)))
        mean_T, variance_T = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        freedom = max(observed.shape[1] - _PARAMETERS, 2)
        bounds = wilson_bounds(mean_T, variance_T, t_quantile(level, freedom))
        value_T, low_T, high_T = (model.unscaled(array_T) for array_T in (mean_T, *bounds))
        return Prediction(value_T, low_T, high_T)
