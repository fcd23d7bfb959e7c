"""Anchor points: each observed item speaks for the items that correlate with it."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.published.item_sets import item_sets
from eval_predict.stats.correlation import unit_columns


class AnchorPointsWeighted(Predictor):
    """The observed scores, each weighted by the share of items that correlate most with its item.

    Items that correlate with no observed one, such as those on which all models of the history
    score alike, are shared evenly; the published code gives them all to one anchor.

    Source: arXiv:2309.08638, section 3.1, as used by arXiv:2506.07673, section 3.
    """

    name = "anchor_points_weighted"

    def _fit(self, history: ScoreMatrix) -> None:
        self.unit_MN_ = unit_columns(history.filled_MN())

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T = np.empty(observed.shape[0])
        for rows_t, items_n, scores_tn in item_sets(observed):
            value_T[rows_t] = scores_tn @ _cluster_shares(self.unit_MN_, items_n)
        return without_interval(value_T)


class AnchorPointsPredictor(Predictor):
    """Every item not observed is predicted by a line from the observed item that predicts it best.

    That is the anchor with the highest squared correlation over the history's models. Observed
    items count with their scores.

    Source: arXiv:2309.08638, section 3.2, as used by arXiv:2506.07673, section 3.
    """

    name = "anchor_points_predictor"

    def _fit(self, history: ScoreMatrix) -> None:
        filled_MN = history.filled_MN()
        self.mean_N_ = filled_MN.mean(axis=0)
        self.spread_N_ = filled_MN.std(axis=0)
        self.unit_MN_ = unit_columns(filled_MN)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T = np.empty(observed.shape[0])
        for rows_t, items_n, scores_tn in item_sets(observed):
            alike_nN = self.unit_MN_[:, items_n].T @ self.unit_MN_
            alike_nN[:, items_n] = 0
            nearest_N = np.abs(alike_nN).argmax(axis=0)
            strength_N = alike_nN[nearest_N, np.arange(self.num_items_)]
            anchor_spread_n = self.spread_N_[items_n]
            # A constant anchor correlates with nothing, so its line is flat whatever it is
            # divided by.
            scale_n = np.where(anchor_spread_n > 1e-9, anchor_spread_n, 1)
            slope_N = strength_N * self.spread_N_ / scale_n[nearest_N]
            slope_n = np.bincount(nearest_N, weights=slope_N, minlength=len(items_n))
            gap_tn = scores_tn - self.mean_N_[items_n]
            unseen_N = np.ones(self.num_items_, dtype=bool)
            unseen_N[items_n] = False
            base = self.mean_N_[unseen_N].sum()
            value_T[rows_t] = scores_tn.sum(axis=1) + base + gap_tn @ slope_n
        return without_interval(value_T / self.num_items_)


def _cluster_shares(unit_MN: NDArray[np.float32], items_n: NDArray[np.intp]) -> NDArray[np.float64]:
    """The share (n,) of all items that are most like each of these."""
    alike_nN = unit_MN[:, items_n].T @ unit_MN
    nearest_N = alike_nN.argmax(axis=0)
    nearest_N[items_n] = np.arange(len(items_n))
    alike_N = alike_nN.max(axis=0) > 0
    alike_N[items_n] = True
    size_n = np.bincount(nearest_N[alike_N], minlength=len(items_n)).astype(np.float64)
    return np.asarray((size_n + (~alike_N).sum() / len(items_n)) / unit_MN.shape[1])
