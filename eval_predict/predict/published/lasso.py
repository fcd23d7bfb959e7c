"""Lasso: a sparse regression of the whole score on the observed items."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.published.item_sets import item_sets
from eval_predict.stats.lasso import SparseLasso, lasso_at, lasso_keeping


class LassoRegression(Predictor):
    """The lasso of whole scores on all items that keeps as many as were observed.

    Where it keeps others than those, its penalty alone is taken for a lasso on the observed ones.

    Source: arXiv:2506.07673, section 3 ("lasso").
    """

    name = "lasso"

    def _fit(self, history: ScoreMatrix) -> None:
        self.filled_MN_ = history.filled_MN()
        self.mean_M_ = self.filled_MN_.mean(axis=1)
        self.sparse_: dict[int, SparseLasso] = {}

    def _predict(self, observed: Observed, level: float) -> Prediction:
        n = observed.shape[1]
        if n not in self.sparse_:
            self.sparse_[n] = lasso_keeping(self.filled_MN_, n)
        sparse = self.sparse_[n]
        value_T = np.empty(observed.shape[0])
        for rows_t, items_n, scores_tn in item_sets(observed):
            features_Mn = self.filled_MN_[:, items_n]
            weight_n = sparse.weight_N[items_n]
            if np.count_nonzero(weight_n) < sparse.kept:
                weight_n = lasso_at(features_Mn, self.mean_M_, sparse.alpha).weight_N
            lead_tn = scores_tn - features_Mn.mean(axis=0)
            value_T[rows_t] = self.mean_M_.mean() + lead_tn @ weight_n
        return without_interval(value_T)
