"""The default method: each round's score estimated twice, then smoothed over rounds."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.forecast import Forecast
from eval_predict.gain.inputs import ForecastInputs
from eval_predict.gain.paired_doubly_robust import PairedDoublyRobust, Scores
from eval_predict.gain.random_walk import random_walk
from eval_predict.predict.auto import Auto
from eval_predict.select.active import ActiveDesign

_SHARPNESS = 2.0  # exponent of the variance ratio in the weights
_CLEARLY_LESS = 0.5  # of the history estimate's variance: smaller by more than chance
_LEVEL = 0.9  # of the interval from which the variance is computed
_PARAMETERS = 6  # fitted to the round's scores


class _HistoryEstimator(NamedTuple):
    design: ActiveDesign
    predictor: Auto


class _Mean(NamedTuple):
    mean: float
    variance: float


class AutoGain(PairedDoublyRobust):
    """`PairedDoublyRobust`, mixed with a history's estimate and smoothed over rounds.

    With a history each round's score is also estimated by `predict.auto.Auto`, and the two
    estimates are mixed by their variances. Items are drawn by that method's design as long as its
    variance is the smaller one. Otherwise the items of the previous round are run again.

    All rounds' scores are then smoothed by a local level model (`random_walk`).
    """

    name = "auto"

    def __init__(self, inputs: ForecastInputs, peeking: bool) -> None:
        super().__init__(inputs, peeking)
        self.by_history: _HistoryEstimator | None = None
        self.earlier_by_history: list[_Mean | None] = []
        if inputs.history is not None and self.model is not None and self.model.differs_:
            history = inputs.history
            self.by_history = _HistoryEstimator(ActiveDesign().fit(history), Auto().fit(history))
            self.earlier_by_history = [
                None if inputs.is_full(part) else _history_mean(self.by_history, part.observed)
                for part in inputs.earlier
            ]
            other = self.earlier_by_history[-1]
            self.runs_again = other is not None and other.variance > self.earlier_means[-1].variance

    def stages(self, budget: int) -> list[int]:
        """Four stages with a history, else one."""
        return self.by_history.design.stages(budget) if self.by_history else super().stages(budget)

    def _draw(
        self,
        observed: Observed | None,
        closed_n: NDArray[np.intp],
        count: int,
        rng: np.random.Generator,
    ) -> Selection:
        none_repeated = observed is None or closed_n.size == observed.shape[1]
        if self.by_history is not None and none_repeated:
            if observed is None and not self.runs_again:
                return self.by_history.design.select(count, rng)
            if observed is not None and self._history_leads(self.by_history, observed):
                return self.by_history.design.next(observed, count, rng)
        return super()._draw(observed, closed_n, count, rng)

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """All rounds' scores, smoothed; `gain_alone` is the gain before it.

        The intervals stay as wide as without smoothing, because a few rounds say too little of the
        next one's step.
        """
        scores = self._scores(observed)
        alone = self._read(scores, observed, level).gain_alone
        smooth = Scores(random_walk(scores.mean_R, scores.covariance_RR), scores.covariance_RR)
        return replace(self._read(smooth, observed, level), gain_alone=alone)

    def _scores(self, observed: Observed) -> Scores:
        scores = super()._scores(observed)
        if self.by_history is not None:
            scores = self._with_history(self.by_history, scores, observed)
        return scores

    def _with_history(
        self, by_history: _HistoryEstimator, scores: Scores, observed: Observed
    ) -> Scores:
        """Each round's score, moved towards the history's estimate of it."""
        mean_R, scale_R = scores.mean_R.copy(), np.ones(scores.mean_R.size)
        history_means = [*self.earlier_by_history, _history_mean(by_history, observed)]
        for number, other in enumerate(history_means):
            if other is None:
                continue
            variance = float(scores.covariance_RR[number, number])
            share = _share(other.variance, variance)
            mean_R[number] += share * (other.mean - mean_R[number])
            # Both use the same scores, so mixing them does not average errors out.
            scale_R[number] = math.sqrt(
                (share * other.variance + (1 - share) * variance) / variance
            )
        return Scores(mean_R, scores.covariance_RR * np.outer(scale_R, scale_R))

    def _history_leads(self, by_history: _HistoryEstimator, observed: Observed) -> bool:
        """Whether items are drawn by the history's design."""
        paired = self._mean(observed, len(self.inputs.earlier))
        return not _leads(paired.variance, _history_mean(by_history, observed).variance)


def _history_mean(by_history: _HistoryEstimator, observed: Observed) -> _Mean:
    from scipy.special import stdtrit

    estimate = by_history.predictor.predict(observed, _LEVEL)
    quantile = -float(stdtrit(max(observed.shape[1] - _PARAMETERS, 2), (1 - _LEVEL) / 2))
    # Near 0 and 1 an interval is short on that side.
    reach = max(estimate.high - estimate.value, estimate.value - estimate.low)
    return _Mean(estimate.value, (reach / quantile) ** 2)


def _leads(paired: float, by_history: float) -> bool:
    """Whether the paired estimate's variance is clearly smaller than the history's."""
    return paired < _CLEARLY_LESS * by_history


def _share(variance: float, other: float) -> float:
    """The weight of an estimate beside another that uses the same scores."""
    return float(1 / (1 + (variance / other) ** _SHARPNESS))
