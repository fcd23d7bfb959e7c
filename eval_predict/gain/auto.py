"""The default: two estimates of every round's score, and what the rounds say of each other."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.forecast import Forecast
from eval_predict.gain.known import Known
from eval_predict.gain.paired_robust import PairedRobust, Scores
from eval_predict.gain.random_walk import random_walk
from eval_predict.predict.auto import Auto
from eval_predict.select.active import ActiveDesign

_SHARPNESS = 2.0  # with which the surer of the two estimates is preferred
_CLEARLY = 0.5  # of the strangers' variance: a smaller one is no accident
_LEVEL = 0.9  # at which the strangers' estimate is asked for its interval
_PARAMETERS = 6  # that it has learnt from the round's own scores


class _Strangers(NamedTuple):
    design: ActiveDesign
    predictor: Auto


class _Mean(NamedTuple):
    mean: float
    variance: float


class AutoGain(PairedRobust):
    """What `PairedRobust` does, what other models say of the items, and a walk over the rounds.

    With a history of strangers each round's score is also estimated by `predict.auto.Auto`, and
    the two estimates are mixed by their variances. Items are drawn by that method's design as long
    as it is the surer of the two. Where the rounds before tell more than strangers do, or there
    are none, the items of the previous round are run again.

    All rounds' scores are then smoothed by a walk (`random_walk`): gains are drawn towards those
    that the run has shown so far.
    """

    name = "auto"

    def __init__(self, known: Known, peeking: bool) -> None:
        super().__init__(known, peeking)
        self.strangers: _Strangers | None = None
        self.earlier_others: list[_Mean | None] = []
        if known.history is not None and self.model is not None and self.model.differs_:
            history = known.history
            self.strangers = _Strangers(ActiveDesign().fit(history), Auto().fit(history))
            self.earlier_others = [
                None if known.is_full(each) else _by_strangers(self.strangers, each.observed)
                for each in known.earlier
            ]
            other = self.earlier_others[-1]
            self.runs_again = other is not None and other.variance > self.earlier_means[-1].variance

    def stages(self, budget: int) -> list[int]:
        """Six with strangers, else one."""
        return self.strangers.design.stages(budget) if self.strangers else super().stages(budget)

    def _draw(
        self,
        observed: Observed | None,
        closed_n: NDArray[np.intp],
        count: int,
        rng: np.random.Generator,
    ) -> Selection:
        only_own = observed is None or closed_n.size == observed.shape[1]
        if self.strangers is not None and only_own:
            if observed is None and not self.runs_again:
                return self.strangers.design.select(count, rng)
            if observed is not None and self._strangers_lead(self.strangers, observed):
                return self.strangers.design.next(observed, count, rng)
        return super()._draw(observed, closed_n, count, rng)

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """All rounds' scores, smoothed by the walk; `gain_alone` is what they were before it.

        The intervals stay as wide as without it: what the rounds so far say of the next one's
        step is too little to vouch for.
        """
        scores = self._scores(observed)
        alone = self._read(scores, observed, level).gain_alone
        smooth = Scores(random_walk(scores.mean_R, scores.covariance_RR), scores.covariance_RR)
        return replace(self._read(smooth, observed, level), gain_alone=alone)

    def _scores(self, observed: Observed) -> Scores:
        scores = super()._scores(observed)
        if self.strangers is not None:
            scores = self._with_strangers(self.strangers, scores, observed)
        return scores

    def _with_strangers(self, strangers: _Strangers, scores: Scores, observed: Observed) -> Scores:
        """Each round's score moved towards the strangers' estimate of it."""
        mean_R, scale_R = scores.mean_R.copy(), np.ones(scores.mean_R.size)
        others = [*self.earlier_others, _by_strangers(strangers, observed)]
        for number, other in enumerate(others):
            if other is None:
                continue
            own = float(scores.covariance_RR[number, number])
            share = _share(other.variance, own)
            mean_R[number] += share * (other.mean - mean_R[number])
            # They rest on the same scores, so that mixing them averages no error away.
            scale_R[number] = math.sqrt((share * other.variance + (1 - share) * own) / own)
        return Scores(mean_R, scores.covariance_RR * np.outer(scale_R, scale_R))

    def _strangers_lead(self, strangers: _Strangers, observed: Observed) -> bool:
        """Whether the items shall be drawn as suits the strangers' estimate."""
        own = self._mean(observed, len(self.known.earlier))
        return not _leads(own.variance, _by_strangers(strangers, observed).variance)


def _by_strangers(strangers: _Strangers, observed: Observed) -> _Mean:
    from scipy.special import stdtrit

    estimate = strangers.predictor.predict(observed, _LEVEL)
    quantile = -float(stdtrit(max(observed.shape[1] - _PARAMETERS, 2), (1 - _LEVEL) / 2))
    # Near the edge an interval is short on the side of the edge.
    reach = max(estimate.high - estimate.value, estimate.value - estimate.low)
    return _Mean(estimate.value, (reach / quantile) ** 2)


def _leads(own: float, others: float) -> bool:
    """Whether the rounds before clearly tell more than the strangers, by the variances."""
    return own < _CLEARLY * others


def _share(variance: float, other: float) -> float:
    """The weight of an estimate beside another that rests on the same scores."""
    return float(1 / (1 + (variance / other) ** _SHARPNESS))
