"""Factorised active querying: the mean of one corrected prediction for each item drawn."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.irt.item_bank import HistoryModel, history_model
from eval_predict.irt.sequential import Belief
from eval_predict.predict.predictor import Prediction, Predictor
from eval_predict.predict.weighted_mean import weighted_prediction
from eval_predict.stats.intervals import normal_quantile


class FAQ(Predictor):
    """Augmented inverse probability weighting over draws of one item each.

    The t-th draw gives the total of what was seen before, of the predictions for all other items,
    and of the drawn item's error divided by its probability. Each is unbiased whatever the factor
    model is worth, as it was fitted before the draw; the estimate is their mean, with a normal
    interval by their summed conditional variances.

    What is ours: draws are without replacement, so that seen scores count as they are (the paper
    draws with replacement); see `FAQDesign`. Draws of several items at once are not this method's,
    and are taken as if they had come one after another, with a warning.

    Source: arXiv:2601.20251, section 3 (proactive active inference).
    """

    name = "faq"

    def _fit(self, history: ScoreMatrix) -> None:
        self.model_ = history_model(history)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        if self.model_ is None:
            return weighted_prediction(observed, self.num_items_, level, self.limits_)
        value_T, variance_T = _corrected(self.model_, observed)
        reach_T = normal_quantile(level) * np.sqrt(variance_T)
        single = np.unique(observed.stage_n).size == observed.shape[1]
        warnings = () if single else ("the items were not drawn one at a time, as faq needs",)
        low_T, high_T = (self.model_.unscaled(value_T + sign * reach_T) for sign in (-1, 1))
        return Prediction(self.model_.unscaled(value_T), low_T, high_T, warnings)


def _corrected(model: HistoryModel, observed: Observed) -> tuple[np.ndarray, np.ndarray]:
    """The estimates (T,) and their variances, in the model's scale."""
    (T, n), N = observed.shape, model.num_items
    scores_Tn = model.scaled(observed.scores_Tn)
    _, stage_of_n, size_K = np.unique(observed.stage_n, return_inverse=True, return_counts=True)
    left_n = N - np.arange(n)
    # Of draws of several items: the probability of being a given one of them.
    stated_Tn = observed.probability_Tn / size_K[stage_of_n]
    probability_Tn = np.where(stated_Tn > 0, stated_Tn, 1 / left_n)
    belief, rows = Belief.before(model.free_, T), np.arange(T)
    seen_TN, observed_T = np.zeros((T, N), bool), np.zeros(T)
    totals_Tn, corrections_Tn = np.empty((T, n)), np.empty((T, n))
    for draw in range(n):
        item_T, score_T = observed.items_Tn[:, draw], scores_Tn[:, draw]
        probability_TN = np.where(seen_TN, 0.0, belief.chances(model.free_))
        base_T = observed_T + probability_TN.sum(axis=1)
        corrections_Tn[:, draw] = (score_T - probability_TN[rows, item_T]) / probability_Tn[:, draw]
        totals_Tn[:, draw] = base_T + corrections_Tn[:, draw]
        observed_T = observed_T + score_T
        seen_TN[rows, item_T] = True
        belief = belief.after(model.free_, item_T, score_T)
    total_T = totals_Tn.mean(axis=1)
    # The mean of a draw's correction is what its base misses.
    missed_Tn = total_T[:, None] - (totals_Tn - corrections_Tn)
    variance_T = np.maximum((corrections_Tn**2 - missed_Tn**2).sum(axis=1), 0) / n**2
    return total_T / N, variance_T / N**2
