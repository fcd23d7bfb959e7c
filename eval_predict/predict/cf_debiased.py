"""Collaborative filtering with its selection bias taken out, and an interval that covers."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor
from eval_predict.predict.published.cf import similar_models_mean
from eval_predict.select.cf import similar_count
from eval_predict.stats.intervals import t_quantiles, wilson_bounds
from eval_predict.stats.similarity import compact, item_neighbours, left_out_means
from eval_predict.stats.survey_weights import design_warnings, stage_weights, weighted_mean

NEIGHBOURS = 20
# A larger share than the published method's: a target above its history has no close relatives.
SIMILAR = 0.35
_SHRINK = (0.0, 0.3, 1.0, 3.0, 10.0)  # similarity that stands for "no difference" beside the seen


class DebiasedFilteringPredictor(Predictor):
    """Models and items predict all N items; the drawn items then correct the predictor's mean.

    The predictor starts from the mean over the models most like the target, with as much of its
    differences between items as the target's scores bear out (a regression slope in [0, 1]), and
    adds what similar observed items say of the target's difference from it, shrunk as much as
    leaves each observed item best predicted from the others. The correction is the weighted mean
    of the observed residuals, whose similar models and items were found without the item's own
    score, so that the estimate is nearly right on average whichever way the predictor errs. It
    needs items drawn with known probabilities, as by `SimilarSpreadDesign`; chosen ones count as
    an even draw, with a warning.

    The interval has Wilson's shape, Student's quantile, and the variance of the weighted residuals
    with the finite-population correction.

    Source: user and item filtering as in arXiv:2504.08781, section 4; the correction is the
    difference estimator, Särndal, Swensson & Wretman 1992, chapter 6, with Hájek's weights.
    """

    name = "cf_debiased"

    def _fit(self, history: ScoreMatrix) -> None:
        low, high = history.range
        inside = low >= 0 and high <= 1
        self.scale_ = (0.0, 1.0) if inside else (low, high - low if high > low else 1.0)
        self.scores_MN_ = compact(history)
        self.binary_ = history.is_binary

    def _predict(self, observed: Observed, level: float) -> Prediction:
        low, width = self.scale_
        seen_Tn = (observed.scores_Tn - low) / width
        weight_Tn = stage_weights(observed, self.num_items_)
        predicted_TN = self._predicted(observed.items_Tn, seen_Tn, weight_Tn)
        residual_Tn = seen_Tn - np.take_along_axis(predicted_TN, observed.items_Tn, axis=1)
        correction = weighted_mean(residual_Tn, weight_Tn, self.num_items_)
        mean_T = predicted_TN.mean(axis=1) + correction.mean_T
        n = observed.shape[1]
        # The slope was fitted to the same scores, which costs one more degree of freedom.
        variance_T = correction.variance_T * max(n - 1, 1) / max(n - 2, 1)
        freedom_T = np.maximum(correction.freedom_T - 1, 1)
        variance_T = variance_T + self._unseen_variance(n)
        bounds = wilson_bounds(mean_T, variance_T, t_quantiles(level, freedom_T))
        value_T, low_T, high_T = (low + width * part_T for part_T in (mean_T, *bounds))
        return Prediction(value_T, low_T, high_T, design_warnings(observed))

    def _predicted(
        self,
        items_Tn: NDArray[np.intp],
        seen_Tn: NDArray[np.float64],
        weight_Tn: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Predictions (T, N) in the history's scale; an observed item's do not know its score."""
        user_TN = similar_models_mean(self.scores_MN_, items_Tn, seen_Tn, SIMILAR).astype(
            np.float64
        )
        count = similar_count(len(self.scores_MN_), SIMILAR)
        # Models picked for agreeing with a score would hide how wrong they are where none is seen.
        for user_N, items_n, seen_n in zip(user_TN, items_Tn, seen_Tn, strict=True):
            user_N[items_n] = left_out_means(self.scores_MN_, items_n, seen_n, count)
        user_TN *= _slope(np.take_along_axis(user_TN, items_Tn, axis=1), seen_Tn, weight_Tn)
        gap_Tn = seen_Tn - np.take_along_axis(user_TN, items_Tn, axis=1)
        lead_T = (weight_Tn * gap_Tn).sum(axis=1, keepdims=True) / weight_Tn.sum(
            axis=1, keepdims=True
        )
        near = item_neighbours(self.scores_MN_, items_Tn, gap_Tn - lead_T, NEIGHBOURS, centred=True)
        total_TN = near.value_TN * near.mass_TN
        best_T, shrink_T = np.full(len(gap_Tn), np.inf), np.full(len(gap_Tn), np.inf)
        for shrink in (np.inf, *_SHRINK):
            step_Tn = np.take_along_axis(total_TN / (near.mass_TN + shrink + 1e-9), items_Tn, 1)
            error_T = (weight_Tn * (gap_Tn - lead_T - step_Tn) ** 2).sum(axis=1)
            shrink_T = np.where(error_T < best_T, shrink, shrink_T)
            best_T = np.minimum(error_T, best_T)
        step_TN = total_TN / (near.mass_TN + shrink_T[:, None] + 1e-9)
        return np.asarray(user_TN + lead_T + step_TN)

    def _unseen_variance(self, observed: int) -> float:
        """One more residual of a half: a few 0/1 scores miss what is rare, and so understate."""
        if not self.binary_:
            return 0.0
        return (1 - observed / self.num_items_) / (4 * observed**2)


def _slope(
    user_Tn: NDArray[np.float64], seen_Tn: NDArray[np.float64], weight_Tn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How much of the similar models' differences between items to believe (T, 1), in [0, 1]."""
    share_Tn = weight_Tn / weight_Tn.sum(axis=1, keepdims=True)
    user_Tn = user_Tn - (share_Tn * user_Tn).sum(axis=1, keepdims=True)
    power_T = (share_Tn * user_Tn**2).sum(axis=1, keepdims=True)
    common_T = (share_Tn * user_Tn * seen_Tn).sum(axis=1, keepdims=True)
    return np.asarray(np.clip(common_T / np.where(power_T > 0, power_T, 1), 0, 1))
