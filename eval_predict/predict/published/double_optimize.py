"""Double optimisation: weights for the observed items that reproduce the history's whole scores."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.published.item_sets import item_sets
from eval_predict.stats.double_optimization import weigh


class DoubleOptimizeWeights(Predictor):
    """The weighted mean of the observed scores, weights learnt by gradient on the history.

    Source: arXiv:2506.07673, section 3 ("double optimize").
    """

    name = "double_optimize"

    def _fit(self, history: ScoreMatrix) -> None:
        self.filled_MN_ = history.filled_MN()
        self.mean_M_ = self.filled_MN_.mean(axis=1)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T = np.empty(observed.shape[0])
        for rows_t, items_n, scores_tn in item_sets(observed):
            weight_n = weigh(self.filled_MN_[:, items_n], self.mean_M_)
            value_T[rows_t] = scores_tn @ weight_n / len(items_n)
        return without_interval(value_T)
