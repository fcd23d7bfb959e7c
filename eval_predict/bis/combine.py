"""Every estimate as weights on the source's scores: of the items, and of bootstrap samples."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.direct import PENALTIES, Ridge, RidgeReplicates
from eval_predict.bis.heldout import HeldOutEnds

METHODS = ("auto", "source_mean", "weighted", "direct", "doubly_robust")
# A target is far where the covariates alone tell it from the source more often than this.
FAR = 0.9
# No share of the predicted shift fits held-out ends that differ from it by more than this multiple
# of their sampling variance.
MISFIT = 4.0
# Nor does it fit the items most like the target where the doubly robust estimate lies this many of
# its variances away, squared, in the mean over models.
DISAGREEMENT = 2.5
_REPLICATES = 100
_LEAST_VARIANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A method's estimates for M models, before the interval.

    Attributes:
        value_M: the estimates.
        variance_M: their variance over bootstrap samples of the source items.
        error_M: mean squared error of single items, left out.
        predicted_TM: a guess at each target item's score.
        warnings: what should be known beside the estimates.
    """

    value_M: NDArray[np.float64]
    variance_M: NDArray[np.float64]
    error_M: NDArray[np.float64]
    predicted_TM: NDArray[np.float64]
    warnings: tuple[str, ...] = ()


class Regression:
    """A ridge and its bootstrap, made once and used for any scores.

    Args:
        features_SF: source features.
        features_TF: target features.
        seed: of the bootstrap samples.
    """

    def __init__(
        self, features_SF: NDArray[np.float64], features_TF: NDArray[np.float64], seed: int
    ) -> None:
        self.features_TF = features_TF
        target_F = features_TF.mean(axis=0)
        self.ridge = Ridge(features_SF, target_F)
        S = len(features_SF)
        rng = np.random.default_rng([seed, 3])
        self.count_RS = rng.multinomial(S, np.full(S, 1 / S), size=_REPLICATES).astype(np.float64)
        self.replicates = RidgeReplicates(features_SF, target_F, self.count_RS)

    def predicted_TM(self, scores_SM: NDArray[np.float64], position: int) -> NDArray[np.float64]:
        """Predicted scores of single target items."""
        slope_FM = self.ridge.slopes(scores_SM, position)
        ahead_TF = self.features_TF - self.ridge.mean_F
        return np.asarray(scores_SM.mean(axis=0) + ahead_TF @ slope_FM)


def source_mean(regression: Regression, scores_SM: NDArray[np.float64]) -> Result:
    """The plain mean, as if the target were the source."""
    scores_SM = regression.ridge.fill(scores_SM, len(PENALTIES) - 1)
    return _level_result(regression, scores_SM, np.ones(len(scores_SM)))


def weighted(
    regression: Regression, scores_SM: NDArray[np.float64], weight_S: NDArray[np.float64]
) -> Result:
    """Self-normalised importance sampling (arXiv:2508.01203)."""
    missing_SM = np.isnan(scores_SM)
    if missing_SM.any():
        seen_SM = np.where(missing_SM, 0, weight_S[:, None])
        mean_M = np.nansum(seen_SM * scores_SM, axis=0) / seen_SM.sum(axis=0)
        # A missing score that equals the weighted mean of the others leaves it where it is.
        scores_SM = np.where(missing_SM, mean_M, scores_SM)
    return _level_result(regression, scores_SM, weight_S)


def direct(regression: Regression, scores_SM: NDArray[np.float64]) -> Result:
    """The regression's mean over the target; its penalty is chosen on left-out source items."""
    choice = regression.ridge.choose(scores_SM)
    scores_SM = regression.ridge.fill(scores_SM, choice.position)
    weight_S = regression.ridge.weights(choice.position)
    weight_RS = regression.replicates.weights(choice.position)
    predicted_TM = regression.predicted_TM(scores_SM, choice.position)
    return Result(
        weight_S @ scores_SM,
        (weight_RS @ scores_SM).var(axis=0, ddof=1),
        choice.error_M,
        predicted_TM,
    )


def doubly_robust(
    regression: Regression, scores_SM: NDArray[np.float64], weight_S: NDArray[np.float64]
) -> Result:
    """The direct method, less the weighted mean of its left-out residuals on the source.

    Right where either the regression or the weights are. Source: Robins, Rotnitzky & Zhao 1994,
    J. Am. Stat. Assoc. 89:846-866; arXiv:1103.4601.
    """
    ridge = regression.ridge
    choice = ridge.choose(scores_SM)
    scores_SM = ridge.fill(scores_SM, choice.position)
    # (y − ŷ) / (1 − h) is the residual of a fit that has not seen the item.
    left_out_S = weight_S / (1 - ridge.leverage(choice.position))
    whole_S = ridge.weights(choice.position) + left_out_S
    whole_S -= ridge.transposed(left_out_S, choice.position)
    drawn_RS = _reweighted(regression.count_RS, weight_S)
    drawn_RS /= 1 - ridge.leverage(choice.position)
    whole_RS = regression.replicates.weights(choice.position) + drawn_RS
    whole_RS -= regression.replicates.weights(choice.position, drawn_RS)
    value_M = whole_S @ scores_SM
    predicted_TM = regression.predicted_TM(scores_SM, choice.position)
    predicted_TM += value_M - predicted_TM.mean(axis=0)
    variance_M = (whole_RS @ scores_SM).var(axis=0, ddof=1)
    return Result(value_M, variance_M, choice.error_M, predicted_TM)


def auto(
    regression: Regression,
    ends: HeldOutEnds,
    scores_SM: NDArray[np.float64],
    weight_S: NDArray[np.float64],
    far: bool,
) -> Result:
    """The source mean, moved by as much of the regression's shift as held-out ends bear out.

    The share is learnt where the source itself is split along the ratio, see `HeldOutEnds`: none
    of it gives the source mean, all of it the direct method. As far as noise hides what the ends
    say, it is all for a target that is near and none for one that is far. In the bootstrap the
    penalty and the share stay as they are.

    Where no share fits the ends, or the doubly robust estimate lies far away, scores do not follow
    the features as the regression has it. For a near target, whose weights can carry a mean, the
    estimate is then the doubly robust one; its variance grows by the squared distance of the two,
    and it has a warning. Where the two lie nearer than that, the variance grows by what their
    distance exceeds the doubly robust estimate's own variance.

    Args:
        regression: of scores on features.
        ends: splits of the source.
        scores_SM: (S, M) scores, NaN for missing.
        weight_S: for the doubly robust estimate. They should not be truncated: the items that are
            most like the target show whether the regression holds there.
        far: whether next to nothing of the source is like the target.
    """
    choice = regression.ridge.choose(scores_SM)
    filled_SM = regression.ridge.fill(scores_SM, choice.position)
    S = len(filled_SM)
    keep, misfit = ends.share(filled_SM, choice.position, expected=0.0 if far else 1.0)
    plain_RS = regression.count_RS / S
    kept_RS = plain_RS + keep * (regression.replicates.weights(choice.position) - plain_RS)
    mean_M = filled_SM.mean(axis=0)
    shift_M = (regression.ridge.weights(choice.position) - 1 / S) @ filled_SM
    value_M = mean_M + keep * shift_M
    variance_M = (kept_RS @ filled_SM).var(axis=0, ddof=1)
    if not far:
        robust = doubly_robust(regression, scores_SM, weight_S)
        apart_M = (robust.value_M - value_M) ** 2
        disagreement = float((apart_M / np.maximum(robust.variance_M, _LEAST_VARIANCE)).mean())
    if not far and (misfit > MISFIT or disagreement > DISAGREEMENT):
        note = (
            "parts of the source disagree on how scores follow the prompts: auto is the doubly "
            "robust estimate, with a wider interval"
        )
        return replace(robust, variance_M=robust.variance_M + apart_M, warnings=(note,))
    if not far:
        variance_M = variance_M + np.maximum(apart_M - robust.variance_M, 0)
    predicted_TM = regression.predicted_TM(filled_SM, choice.position)
    return Result(
        value_M,
        variance_M,
        choice.error_M,
        mean_M + keep * (predicted_TM - mean_M),
    )


def _level_result(
    regression: Regression, scores_SM: NDArray[np.float64], weight_S: NDArray[np.float64]
) -> Result:
    """The result of a weighted mean, which guesses the same for every target item."""
    weight_S = weight_S / weight_S.sum()
    value_M = weight_S @ scores_SM
    drawn_RS = _reweighted(regression.count_RS, weight_S)
    error_M = weight_S @ np.square(scores_SM - value_M)
    predicted_TM = np.broadcast_to(value_M, (len(regression.features_TF), len(value_M)))
    variance_M = (drawn_RS @ scores_SM).var(axis=0, ddof=1)
    return Result(value_M, variance_M, error_M, predicted_TM)


def _reweighted(
    count_RS: NDArray[np.float64], weight_S: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Self-normalised weights of bootstrap samples, even where all the weight was left out."""
    drawn_RS = count_RS * weight_S
    total_R1 = drawn_RS.sum(axis=1, keepdims=True)
    even_RS = count_RS / count_RS.sum(axis=1, keepdims=True)
    return np.where(total_R1 > 0, drawn_RS / np.where(total_R1 > 0, total_R1, 1), even_RS)
