"""A ridge from the observed items to the whole score, trained on the history's models."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.published.item_sets import item_sets
from eval_predict.stats.ridge import ridge_by_loo


class MeanRidge(Predictor):
    """Ridge regression of a model's mean on its scores on the observed items.

    Good where the target is like the history's models; far off beyond their range, and without
    an interval that would tell.

    Source: arXiv:2506.07673, section 3 ("random sampling and learn", "random search and learn").
    """

    name = "learn"

    def _fit(self, history: ScoreMatrix) -> None:
        self.filled_MN_ = history.filled_MN()
        self.mean_M_ = self.filled_MN_.mean(axis=1)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T = np.empty(observed.shape[0])
        for rows_t, items_n, scores_tn in item_sets(observed):
            ridge = ridge_by_loo(self.filled_MN_[None, :, items_n], self.mean_M_)
            value_T[rows_t] = scores_tn @ ridge.weight_Bn[0] + ridge.intercept_B[0]
        return without_interval(value_T)
