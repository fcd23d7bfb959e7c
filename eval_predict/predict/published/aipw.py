"""AIPW as its code was published: a ridge's prediction of the items that were not observed."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.published.item_sets import item_sets
from eval_predict.stats.ridge import thin_svd

_ALPHA = 10.0


class PublishedAIPW(Predictor):
    """The mean prediction of the items not observed; kept for comparison with `AIPW`.

    The code adds the mean residual of the items it was fitted on, which a ridge with an intercept
    makes zero: there is no correction, and the observed scores themselves do not count.

    Source: the code published with arXiv:2506.07673.
    """

    name = "aipw_published"

    def _fit(self, history: ScoreMatrix) -> None:
        self.filled_MN_ = history.filled_MN()
        self.total_M_ = self.filled_MN_.sum(axis=1)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T = np.empty(observed.shape[0])
        for rows_t, items_n, scores_tn in item_sets(observed):
            sample_nM = self.filled_MN_[:, items_n].T
            mean_M = sample_nM.mean(axis=0)
            rest_M = (self.total_M_ - sample_nM.sum(axis=0)) / (self.num_items_ - len(items_n))
            left, right, square = (array[0] for array in thin_svd((sample_nM - mean_M)[None]))
            at_rest_n = left @ ((rest_M - mean_M) @ right * np.sqrt(square) / (square + _ALPHA))
            value_T[rows_t] = scores_tn.mean(axis=1) + scores_tn @ at_rest_n
        return without_interval(value_T)
