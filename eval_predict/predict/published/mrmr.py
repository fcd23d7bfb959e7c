"""Ridge regression from chosen items to the whole score, as published with mRMR's choice."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.published.item_sets import item_sets
from eval_predict.stats.ridge import ridge_by_loo

_BINARY_ALPHAS = tuple(float(alpha) for alpha in np.logspace(-1, 1, 5))
_OTHER_ALPHAS = tuple(float(alpha) for alpha in np.logspace(-2, 2, 9))


class MRMRRidge(Predictor):
    """A ridge from a model's scores on the observed items to its mean over all of them.

    Its penalty has the least leave-one-out error over the history's models. The paper's better
    figures are of a polynomial kernel in its place, which this does not use.

    Source: arXiv:2605.25773.
    """

    name = "mrmr_ridge"

    def _fit(self, history: ScoreMatrix) -> None:
        self.filled_MN_ = history.filled_MN()
        self.mean_M_ = self.filled_MN_.mean(axis=1)
        self.alphas_ = _BINARY_ALPHAS if history.is_binary else _OTHER_ALPHAS

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T = np.empty(observed.shape[0])
        for rows_t, items_n, scores_tn in item_sets(observed):
            ridge = ridge_by_loo(self.filled_MN_[None, :, items_n], self.mean_M_, self.alphas_)
            value_T[rows_t] = scores_tn @ ridge.weight_Bn[0] + ridge.intercept_B[0]
        return without_interval(value_T)
