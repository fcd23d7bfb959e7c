"""The default: a doubly robust estimate, shrunk towards factor models' as far as draws allow."""

from typing import NamedTuple

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.irt.constants import AUTO, MISFIT_WARNING, AutoConstants
from eval_predict.irt.explanations import misfit_evidence
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import MIN_MODELS, HistoryModel, history_model
from eval_predict.predict.doubly_robust import doubly_robust
from eval_predict.predict.predictor import Prediction, Predictor
from eval_predict.predict.shrinkage import Mixture, model_means, shrunken
from eval_predict.predict.weighted_mean import weighted_prediction
from eval_predict.select.inclusion import design_weights
from eval_predict.stats.intervals import t_quantile, wilson_bounds
from eval_predict.stats.survey_weights import effective_size

_CHUNK = 30_000_000  # floats of the history gathered for the targets of one go
PARAMETERS = 6  # that the predictions have in effect learnt from the target's own scores


class Moments(NamedTuple):
    """Estimated mean scores (T,) and the variance of their errors, in the history's scale."""

    mean_T: Floats
    variance_T: Floats


class AutoPredictor(Predictor):
    """A doubly robust estimate, shrunk towards those of two item response models.

    How far depends on what the random draws say of the models: their distance from the doubly
    robust estimate is compared with what it would be if they were right (`shrunken`). The doubly
    robust part is approximately design-unbiased (a generalised regression estimate, GREG): its
    predictions have seen the observed scores, and later draws follow earlier scores.

    Intervals are quantiles of a mixture of distributions of Wilson's shape.

    Source: prediction within a survey-sampling frame as in arXiv:2601.20251; all numbers are in
    `eval_predict.irt.constants`.
    """

    name = "auto"

    def __init__(self, constants: AutoConstants = AUTO) -> None:
        self.constants = constants

    def _fit(self, history: ScoreMatrix) -> None:
        self.model_ = history_model(history)

    def moments(self, observed: Observed) -> Moments:
        """The estimates with their errors' variances; needs a history of four models or more."""
        if self.model_ is None:
            raise ValueError(f"fewer than {MIN_MODELS} models in the history")
        scaled = observed.with_scores(self.model_.scaled(observed.scores_Tn))
        means, variances = zip(
            *(_moments(self.model_, part, self.constants) for part in _parts(self.model_, scaled)),
            strict=True,
        )
        mean_T = self.model_.unscaled(np.concatenate(means))
        return Moments(mean_T, np.concatenate(variances) * self.model_.span_**2)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        if self.model_ is None:
            return weighted_prediction(observed, self.num_items_, level, self.limits_)
        model = self.model_
        scaled = observed.with_scores(model.scaled(observed.scores_Tn))
        parts = [_estimate(model, part, level, self.constants) for part in _parts(model, scaled)]
        value_T, low_T, high_T = (
            model.unscaled(np.concatenate(arrays)) for arrays in zip(*parts, strict=True)
        )
        return Prediction(value_T, low_T, high_T, target_warnings=_warnings(model, scaled))


def _parts(model: HistoryModel, observed: Observed) -> list[Observed]:
    """The targets in parts that fit into memory."""
    cost = observed.shape[1] * len(model.mean_M_) + 4 * model.num_items
    step = max(1, _CHUNK // cost)
    return [
        observed.rows(slice(start, start + step)) for start in range(0, observed.shape[0], step)
    ]


def _moments(model: HistoryModel, observed: Observed, constants: AutoConstants) -> Moments:
    weight_Tn = design_weights(model, observed, constants.staging)
    if not model.differs_:
        return Moments(*doubly_robust(model, observed, weight_Tn))
    mixture = _mixture(model, observed, weight_Tn, constants)
    return Moments(mixture.mean_T, mixture.variance_T)


def _estimate(
    model: HistoryModel, observed: Observed, level: float, constants: AutoConstants
) -> tuple[Floats, Floats, Floats]:
    weight_Tn = design_weights(model, observed, constants.staging)
    if not model.differs_:
        # Factors of models that differ by no more than noise are noise.
        mean_T, variance_T = doubly_robust(model, observed, weight_Tn)
        freedom = max(observed.shape[1] - PARAMETERS, 2)
        bounds = wilson_bounds(mean_T, variance_T, t_quantile(level, freedom))
        return mean_T, *bounds
    mixture = _mixture(model, observed, weight_Tn, constants)
    least_T = observed.scores_Tn.sum(axis=1) / model.num_items
    most_T = least_T + 1 - observed.shape[1] / model.num_items
    mean_T = np.clip(mixture.mean_T, least_T, most_T)
    low_T, high_T = (mixture.quantile(share) for share in ((1 - level) / 2, (1 + level) / 2))
    if model.binary_:
        # A count of right answers is whole: the bounds go outwards to the next one.
        low_T = np.floor(low_T * model.num_items) / model.num_items
        high_T = np.ceil(high_T * model.num_items) / model.num_items
    low_T, high_T = np.clip(low_T, least_T, most_T), np.clip(high_T, least_T, most_T)
    return mean_T, np.minimum(low_T, mean_T), np.maximum(high_T, mean_T)


def _mixture(
    model: HistoryModel, observed: Observed, weight_Tn: Floats, constants: AutoConstants
) -> Mixture:
    one_shot = np.unique(observed.stage_n).size == 1
    shrinkage = constants.one_shot_shrinkage if one_shot else constants.staged_shrinkage
    robust = doubly_robust(model, observed, weight_Tn)
    means = model_means(model, observed, weight_Tn, shrinkage.overdispersion)
    return shrunken(means, robust, effective_size(weight_Tn), model.num_items, shrinkage)


def _warnings(model: HistoryModel, observed: Observed) -> tuple[tuple[str, ...], ...]:
    undrawn_T = np.asarray(~(observed.probability_Tn > 0).any(axis=1))
    misfit_T = np.zeros(observed.shape[0], bool)
    if model.differs_:
        misfit_T = misfit_evidence(model, observed) > MISFIT_WARNING
    texts = (
        (
            undrawn_T,
            "no item was drawn at random: the items count as an even draw, and the estimate is"
            " biased if they were picked",
        ),
        (
            misfit_T,
            "the scores do not follow the history's pattern (answers lost, guessed or memorised?):"
            " the interval may be too narrow",
        ),
    )
    return tuple(
        tuple(text for where_T, text in texts if where_T[target])
        for target in range(observed.shape[0])
    )
