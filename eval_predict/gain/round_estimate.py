"""A round's mean score, estimated by design and by a model from the same sampled items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.gain.item_model import Regressors, item_model
from eval_predict.irt.constants import AUTO
from eval_predict.irt.factor_model import Floats
from eval_predict.stats.survey_weights import drawn_weights

_EXPECTED = (0.003, 0.997)  # range of an expected score
_PRIOR_ITEMS = 5  # how many items' worth the model's variance counts beside the observed errors'
_FITTED = 2  # degrees of freedom fitted to the errors: their mean, and the main coefficients
_MOST_LEVERAGE = 0.9
_LARGEST_VARIANCE = 0.25  # of a score in [0, 1]


@dataclass(frozen=True, slots=True, eq=False)
class RoundEstimate:
    """Two estimates of a round's mean score, linearised in the scores of its sampled items.

    Attributes:
        robust: the doubly robust estimate.
        robust_variance: of its sampling error.
        modelled: observed scores, and expected scores elsewhere.
        modelled_variance: of its error if the model is right.
        items_n: the sampled items; empty where the round was run on all items.
        robust_pull_n: change of `robust` per unit of each score.
        modelled_pull_n: likewise of `modelled`.
        error_n: score less expected score, had the item been left out.
        variance_n: of each score, according to the model.
        effective_size: Kish's effective number of sampled items.
        low: the mean score if all items that were not run were wrong.
        high: the mean score if all of them were correct.
    """

    robust: float
    robust_variance: float
    modelled: float
    modelled_variance: float
    items_n: NDArray[np.intp]
    robust_pull_n: Floats
    modelled_pull_n: Floats
    error_n: Floats
    variance_n: Floats
    effective_size: float
    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether the round was run on all items."""
        return not self.items_n.size

    @property
    def distance(self) -> float:
        """The distance from the model's estimate to the doubly robust one."""
        return self.robust - self.modelled

    @property
    def distance_variance(self) -> float:
        """The variance of `distance` if the model is right."""
        pull_n = self.robust_pull_n - self.modelled_pull_n
        return float((pull_n**2 * self.variance_n).sum())


def exact_round(observed: Observed) -> RoundEstimate:
    """A round that was run on all items."""
    mean, none_n = float(observed.scores_Tn.mean()), np.empty(0)
    return RoundEstimate(
        robust=mean,
        robust_variance=0.0,
        modelled=mean,
        modelled_variance=0.0,
        items_n=np.empty(0, np.intp),
        robust_pull_n=none_n,
        modelled_pull_n=none_n,
        error_n=none_n,
        variance_n=none_n,
        effective_size=np.inf,
        low=mean,
        high=mean,
    )


def round_estimate(regressors: Regressors, observed: Observed) -> RoundEstimate:
    """Estimate a round's mean from a part of its items.

    Scores between 0 and 1 enter the regression as shares of success; the variance of a score is
    then scaled by the ratio of the observed squared errors to those of 0/1 scores.

    Args:
        regressors: of the round's scores, (N, d).
        observed: one target on n < N items.

    Source: Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, eq. 6.3.4 and 6.6.3
    (the doubly robust estimate, with leave-one-out errors); the delta method elsewhere.
    """
    N, n = regressors.offset_N.size, observed.shape[1]
    items_n, scores_n = observed.items_Tn[0], observed.scores_Tn[0]
    fitted = item_model(regressors, items_n, scores_n)
    expected_N = np.clip(fitted.expected_N, *_EXPECTED)
    value_nd = regressors.value_Nd[items_n]
    error_n = scores_n - expected_N[items_n]
    spread_N = expected_N * (1 - expected_N)
    dispersion = AUTO.staged_shrinkage.overdispersion * _dispersion(
        scores_n, error_n, spread_N[items_n]
    )
    unseen_N = np.ones(N, bool)
    unseen_N[items_n] = False
    stands_for_n = np.maximum(drawn_weights(observed, N)[0] - 1, 0.0)
    # Together they stand for the items that were not run.
    stands_for_n *= (N - n) / max(float(stands_for_n.sum()), 1e-12)

    slope_d = (spread_N[unseen_N, None] * regressors.value_Nd[unseen_N]).sum(axis=0) / N
    modelled_pull_n = 1 / N + value_nd @ (fitted.covariance_dd @ slope_d)
    weighted_d = ((stands_for_n * spread_N[items_n])[:, None] * value_nd).sum(axis=0) / N
    robust_pull_n = modelled_pull_n + stands_for_n / N
    robust_pull_n -= value_nd @ (fitted.covariance_dd @ weighted_d)
    modelled = float(scores_n.sum() + expected_N[unseen_N].sum()) / N
    modelled_variance = slope_d @ fitted.covariance_dd @ slope_d + spread_N[unseen_N].sum() / N**2
    correction = float((stands_for_n * error_n).sum()) / N
    left_out_n = 1 - np.clip(fitted.leverage_n, 0, _MOST_LEVERAGE)
    centred_n = (error_n - correction * N / (N - n)) / left_out_n
    weight_n = 1 + stands_for_n
    return RoundEstimate(
        robust=modelled + correction,
        robust_variance=_sampling_variance(
            weight_n * stands_for_n / N**2, centred_n, dispersion * spread_N[items_n], n / N
        ),
        modelled=float(np.clip(modelled, 0.3 / N, 1 - 0.3 / N)),
        modelled_variance=float(dispersion * modelled_variance),
        items_n=items_n,
        robust_pull_n=robust_pull_n,
        modelled_pull_n=modelled_pull_n,
        error_n=error_n / left_out_n,
        variance_n=dispersion * spread_N[items_n],
        effective_size=float(weight_n.sum() ** 2 / (weight_n**2).sum()),
        low=float(scores_n.sum()) / N,
        high=1 - float((1 - scores_n).sum()) / N,
    )


def pooled_variance(observed: float, modelled: float, drawn: int) -> float:
    """The variance of observed errors, with the model's as if it came from a few more items.

    A few items without an error would otherwise have no variance.
    """
    freedom = drawn / max(drawn - _FITTED, 1)
    return (observed * freedom * drawn + modelled * _PRIOR_ITEMS) / (drawn + _PRIOR_ITEMS)


def least_variance(drawn: int, num_items: int) -> float:
    """Lower bound of a mean error's variance: as if one error had the largest possible size."""
    return (1 - drawn / num_items) * _LARGEST_VARIANCE / max(drawn, 1) ** 2


def _sampling_variance(
    factor_n: Floats, error_n: Floats, variance_n: Floats, share: float
) -> float:
    drawn = int((factor_n > 0).sum())
    if drawn < 2:
        return _LARGEST_VARIANCE
    pooled = pooled_variance(
        float((factor_n * error_n**2).sum()), float((factor_n * variance_n).sum()), drawn
    )
    return max(pooled, least_variance(drawn, round(error_n.size / share)))


def _dispersion(scores_n: Floats, error_n: Floats, spread_n: Floats) -> float:
    if np.isin(scores_n, (0.0, 1.0)).all():
        return 1.0
    return float(np.clip((error_n**2).sum() / spread_n.sum(), 1e-3, 1.0))
