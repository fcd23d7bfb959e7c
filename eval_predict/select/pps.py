"""Draws with probability proportional to size: a target's expected standard deviations."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.irt.stacking import combined_prediction
from eval_predict.select.active import StagedDesign
from eval_predict.select.active_sampling import abilities, unseen_probability
from eval_predict.stats.unequal_probability import inclusion_probability

_FLOOR = 0.3  # of the mean size: insurance against items that the model is wrongly sure of
_CHANCES = (0.02, 0.98)  # a ridge may predict more or less than a score can be


class PPSDesign(StagedDesign):
    """Six random stages; later ones in proportion to each score's expected standard deviation.

    Source: Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, section 3.6.
    """

    reached = (0.20, 0.35, 0.50, 0.67, 0.84, 1.0)

    def _probability(self, model: HistoryModel, budget: int) -> Floats:
        if not model.differs_:
            return np.full((1, model.num_items), budget / model.num_items)
        probability_AN = model.narrow_.probability_at_mean(abilities(model))
        size_N = np.sqrt(probability_AN * (1 - probability_AN)).mean(axis=0)
        return inclusion_probability(_with_floor(size_N[None]), budget)

    def _later(
        self, model: HistoryModel, observed: Observed, batch: int
    ) -> tuple[Floats, NDArray[np.intp]]:
        size_TN = np.ones((observed.shape[0], model.num_items))
        if model.differs_:
            combined = combined_prediction(model, observed, np.ones(observed.shape))
            clipped_TN = np.clip(combined.prediction_TN, *_CHANCES)
            size_TN = _with_floor(np.sqrt(clipped_TN * (1 - clipped_TN)))
        probability_TN = unseen_probability(size_TN, observed.items_Tn, batch)
        return probability_TN, np.argsort(size_TN, axis=1, kind="stable")


def _with_floor(size_TN: Floats) -> Floats:
    size_TN = size_TN + _FLOOR * size_TN.mean(axis=1, keepdims=True)
    # Where a model is sure of all items, all are equally likely.
    return np.maximum(size_TN, 1e-9)
