"""P-IRT and gp-IRT: what an item response model expects of the items that were not observed."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import FactorModel, published_model
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.published.item_sets import ItemSet, item_sets
from eval_predict.stats.holdout import every_fifth

_MIN_MODELS = 6


class PIRT(Predictor):
    """The observed scores, and for every other item the probability that it is solved.

    Source: arXiv:2402.14992, section 3 ("p-IRT"), as used by arXiv:2506.07673, section 3.
    """

    name = "p_irt"
    needs_unit_scores = True

    def _fit(self, history: ScoreMatrix) -> None:
        self.responses_ = published_model(history.filled_MN())

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T = np.empty(observed.shape[0])
        for item_set in item_sets(observed):
            value_T[item_set.rows_t] = self._value(item_set)
        return without_interval(value_T)

    def _value(self, item_set: ItemSet) -> NDArray[np.float64]:
        _, items_n, scores_tn = item_set
        probability_tN = _chances(self.responses_, items_n, scores_tn)
        probability_tN[:, items_n] = scores_tn
        return np.asarray(probability_tN.mean(axis=1))


class GPIRT(PIRT):
    """P-IRT joined with the weighted mean of the observed scores.

    An item's weight is the share of items whose parameters are nearest to its own. The mean's
    share in the whole is `b²/(v + b²)`: b is P-IRT's error on models and items held out of the
    history, v a quarter of the sampling variance of n scores.

    Source: arXiv:2402.14992, section 3 ("gp-IRT"), as used by arXiv:2506.07673, section 3.
    """

    name = "gp_irt"

    def _fit(self, history: ScoreMatrix) -> None:
        super()._fit(history)
        scores_MN = history.filled_MN()
        self.variance_ = float(scores_MN.var(axis=1).mean()) / 4
        self.error_ = _held_out_error(scores_MN)

    def _value(self, item_set: ItemSet) -> NDArray[np.float64]:
        _, items_n, scores_tn = item_set
        sampling = self.variance_ / len(items_n)
        whole = sampling + self.error_**2
        share = self.error_**2 / whole if whole > 0 else 0.0
        anchored_t = scores_tn @ _cluster_shares(self.responses_, items_n)
        return np.asarray((1 - share) * super()._value(item_set) + share * anchored_t)


def _chances(
    responses: FactorModel, items_n: NDArray[np.intp], scores_tn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The expected scores (t, N) at the most probable abilities."""
    items_tn = np.broadcast_to(items_n, scores_tn.shape)
    return responses.probability_at_mean(responses.posterior(items_tn, scores_tn))


def _cluster_shares(responses: FactorModel, items_n: NDArray[np.intp]) -> NDArray[np.float64]:
    """The share (n,) of all items that each of these is nearest to."""
    traits_Nd = responses.traits_Nd
    anchor_nd = traits_Nd[items_n]
    distance_nN = (anchor_nd**2).sum(axis=1)[:, None] - 2 * anchor_nd @ traits_Nd.T
    return np.bincount(distance_nN.argmin(axis=0), minlength=len(items_n)) / len(traits_Nd)


def _held_out_error(scores_MN: NDArray[np.float64]) -> float:
    """Mean absolute error of the mean of every other item, for every fifth model by accuracy."""
    if len(scores_MN) < _MIN_MODELS or scores_MN.shape[1] < 2:
        return 0.5
    held_out = every_fifth(scores_MN, scores_MN.mean(axis=1))
    responses = published_model(scores_MN[~held_out])
    seen_n, unseen_n = np.arange(scores_MN.shape[1])[::2], np.arange(scores_MN.shape[1])[1::2]
    target_tN = scores_MN[held_out]
    probability_tN = _chances(responses, seen_n, target_tN[:, seen_n])
    gap_t = probability_tN[:, unseen_n].mean(axis=1) - target_tN[:, unseen_n].mean(axis=1)
    return float(np.abs(gap_t).mean())
