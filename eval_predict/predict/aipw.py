"""AIPW: the sample mean, corrected by what a ridge on the history says the sample has missed."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor
from eval_predict.predict.published.item_sets import ItemSet, item_sets
from eval_predict.predict.sample_mean import UNEVEN, drawn_unevenly
from eval_predict.stats.intervals import bounds_of_share, t_quantile
from eval_predict.stats.ridge import leave_one_out

_ALPHA = 10.0


class AIPWPredictor(Predictor):
    """Augmented inverse propensity weighting for a simple random sample of items.

    A ridge of the target's scores on the history's columns is cross-fitted, every observed item
    predicted without its own score (as many folds as items, in closed form). With β₋ᵢ its weights
    and x̄ the mean column of the items not observed, the estimate is
    `mean_i y_i − λ(1 − n/N)(x_i − x̄)·β₋ᵢ`, which is unbiased for a fixed λ whatever the ridge is
    worth. λ in [0, 1] minimises the variance. The interval has Student's quantile, the
    finite-population correction and Wilson's shape.

    Source: arXiv:2506.07673, section 3 ("AIPW"); λ: arXiv:2311.01453 (power tuning); cross-fitting:
    arXiv:2309.16598.
    """

    name = "aipw"

    def __init__(self, alpha: float = _ALPHA) -> None:
        """Say how much the ridge is penalised."""
        self.alpha = alpha

    def _fit(self, history: ScoreMatrix) -> None:
        self.filled_MN_ = history.filled_MN()
        self.total_M_ = self.filled_MN_.sum(axis=1)
        self.range_ = history.range

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T, low_T, high_T = np.empty((3, observed.shape[0]))
        for item_set in item_sets(observed):
            rows_t, _, scores_tn = item_set
            value_T[rows_t], error_t = self._difference(item_set)
            low_T[rows_t], high_T[rows_t] = self._bounds(value_T[rows_t], error_t, scores_tn, level)
        return Prediction(value_T, low_T, high_T, (UNEVEN,) if drawn_unevenly(observed) else ())

    def _difference(self, item_set: ItemSet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The estimate (t,) and its standard error (t,)."""
        _, items_n, scores_tn = item_set
        n, N = len(items_n), self.num_items_
        sample_nM = self.filled_MN_[:, items_n].T
        rest_M = (self.total_M_ - sample_nM.sum(axis=0)) / (N - n)
        left_out_tn, rest_tn = leave_one_out(sample_nM, scores_tn, rest_M, self.alpha)
        lead_tn = (1 - n / N) * (left_out_tn - rest_tn)
        # Each ridge at the sample's mean.
        sample_tn = _mean(scores_tn) - (scores_tn - left_out_tn) / n
        around_tn = lead_tn + n / N * (left_out_tn - sample_tn)
        weight_t1 = _best_weight(scores_tn, around_tn)
        value_t = (scores_tn - weight_t1 * lead_tn).mean(axis=1)
        left_tn = scores_tn - weight_t1 * around_tn
        variance_t = ((left_tn - _mean(left_tn)) ** 2).sum(axis=1) / max(n - 2, 1)
        return value_t, np.sqrt((1 - n / N) * variance_t / n)

    def _bounds(
        self,
        value_t: NDArray[np.float64],
        error_t: NDArray[np.float64],
        scores_tn: NDArray[np.float64],
        level: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Wilson's bounds for as many items as would leave this standard error.

        Near the lowest or highest score a symmetric interval is short on the side where there is
        room, and one from scores that are all alike has no width.
        """
        n = scores_tn.shape[1]
        low_t = np.minimum(self.range_[0], scores_tn.min(axis=1))
        range_t = np.maximum(self.range_[1], scores_tn.max(axis=1)) - low_t
        range_t = np.where(range_t > 0, range_t, np.inf)
        share_t = np.clip((value_t - low_t) / range_t, 0, 1)
        squared_t = (error_t / range_t) ** 2
        alike_t = np.ptp(scores_tn, axis=1) == 0
        # Scores that are all alike tell as much as so many of n, and no more.
        variance_t = share_t * (1 - share_t)
        needed_t = squared_t / np.where(variance_t > 0, variance_t, np.inf)
        needed_t = np.where(alike_t | (variance_t == 0), (1 - n / self.num_items_) / n, needed_t)
        # One degree of freedom more is spent on λ than on a mean.
        bounds = bounds_of_share(share_t, needed_t, t_quantile(level, max(n - 2, 1)))
        wide_t = np.where(np.isfinite(range_t), range_t, 0)
        lower_t, upper_t = (bound_t * wide_t + low_t for bound_t in bounds)
        return np.minimum(lower_t, value_t), np.maximum(upper_t, value_t)


def _best_weight(
    scores_tn: NDArray[np.float64], predicted_tn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The λ in [0, 1], (t, 1), with the least variance of scores less λ times predictions."""
    spread_tn = predicted_tn - _mean(predicted_tn)
    power_t = (spread_tn**2).sum(axis=1)
    along_t = (spread_tn * scores_tn).sum(axis=1)
    weight_t = np.clip(along_t / np.where(power_t > 1e-12, power_t, np.inf), 0, 1)
    return np.asarray(weight_t[:, None])


def _mean(array_tn: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(array_tn.mean(axis=1, keepdims=True))
