"""Gains from unequal-probability samples: expected scores, corrected by errors on sampled items."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.doubly_robust_mean import (
    DoublyRobustMean,
    doubly_robust_mean,
    exact_mean,
    shared_covariance,
)
from eval_predict.gain.forecast import Forecast
from eval_predict.gain.inputs import ForecastInputs
from eval_predict.gain.item_model import item_model
from eval_predict.gain.peeking import peeking_factor
from eval_predict.gain.regressors import RegressorBuilder
from eval_predict.gain.repeated_items import repeat_then_draw
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import history_model
from eval_predict.stats.estimate import Estimate
from eval_predict.stats.intervals import t_quantile, wilson_bounds
from eval_predict.stats.unequal_probability import inclusion_probability, systematic_draw

_FLOOR = 0.3  # of an item's size, relative to the mean size
_PARAMETERS = 3


class Scores(NamedTuple):
    """Rounds' estimated scores (R,), the new one last, and their errors' covariance (R, R)."""

    mean_R: Floats
    covariance_RR: Floats


class PairedDoublyRobust:
    """A design-based estimate: it stays consistent when the expected scores are wrong."""

    name = "paired_dr"

    def __init__(self, inputs: ForecastInputs, peeking: bool) -> None:
        self.inputs, self.peeking = inputs, peeking
        self.model = history_model(inputs.history) if inputs.history is not None else None
        self.builder = RegressorBuilder(inputs, self.model)
        self.earlier_means = [
            self._mean(part.observed, number) for number, part in enumerate(inputs.earlier)
        ]

    def stages(self, budget: int) -> list[int]:
        """One stage: draws that depend on the new round's scores were no better and took longer."""
        return [budget]

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """The previous round's items again where it was not run on all, else a draw."""
        return repeat_then_draw(self.inputs, observed, count, rng, True, self._draw)

    def _draw(
        self,
        observed: Observed | None,
        closed_n: NDArray[np.intp],
        count: int,
        rng: np.random.Generator,
    ) -> Selection:
        return draw_by_spread(self._expected(observed), closed_n, count, rng)

    def _expected(self, observed: Observed | None) -> Floats:
        regressors = self.builder.regressors(observed)
        if observed is None:
            return item_model(regressors, np.empty(0, np.intp), np.empty(0)).expected_N
        return item_model(regressors, observed.items_Tn[0], observed.scores_Tn[0]).expected_N

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """The score, and its differences from the rounds before."""
        scores = self._scores(observed)
        return self._read(scores, observed, level)

    def _scores(self, observed: Observed) -> Scores:
        """Each round's mean; errors are correlated where a round repeated earlier items."""
        means = [*self.earlier_means, self._mean(observed, len(self.inputs.earlier))]
        covariance_RR = np.diag([mean.variance for mean in means])
        for late in range(1, len(means)):
            for early in range(late):
                shared = shared_covariance(means[late], means[early], self.inputs.num_items)
                covariance_RR[late, early] = covariance_RR[early, late] = shared
        return Scores(np.array([mean.mean for mean in means]), covariance_RR)

    def _mean(self, observed: Observed, number: int) -> DoublyRobustMean:
        if observed.shape[1] == self.inputs.num_items:
            return exact_mean(observed)
        regressors = self.builder.regressors(observed, number)
        fitted = item_model(regressors, observed.items_Tn[0], observed.scores_Tn[0])
        return doubly_robust_mean(fitted.expected_N, fitted.leverage_n, observed)

    def _read(self, scores: Scores, observed: Observed, level: float) -> Forecast:
        scores = scores._replace(mean_R=np.clip(scores.mean_R, 0.0, 1.0))
        new = scores.mean_R.size - 1
        side = [self._bounds(scores, number, observed, level) for number in (new, new - 1, 0)]
        score = self._estimate(float(scores.mean_R[-1]), side[0], level, observed)
        score = replace(score, low=max(score.low, 0.0), high=min(score.high, 1.0))  # rounding
        gains = []
        for old, number in zip(side[1:], (new - 1, 0), strict=True):
            variance = scores.covariance_RR[new, new] * scores.covariance_RR[number, number]
            shared = scores.covariance_RR[new, number]
            share = float(np.clip(shared / math.sqrt(variance), -1, 1)) if variance > 0 else 0.0
            reach = _Reach(
                _add(side[0].below, old.above, share), _add(side[0].above, old.below, share)
            )
            value = float(scores.mean_R[new] - scores.mean_R[number])
            gains.append(self._estimate(value, reach, level, observed))
        previous, base = gains
        return Forecast(score, previous, base, previous)

    def _bounds(self, scores: Scores, number: int, observed: Observed, level: float) -> "_Reach":
        mean, variance = float(scores.mean_R[number]), float(scores.covariance_RR[number, number])
        if variance < 1e-12:
            return _Reach(0.0, 0.0)
        rounds = [part.observed for part in self.inputs.earlier]
        count = [*rounds, observed][number].shape[1]
        quantile = t_quantile(level, max(count - _PARAMETERS, 2))
        if self.peeking:
            quantile *= peeking_factor(count, self.inputs.num_items, level)
        low_T, high_T = wilson_bounds(np.array([mean]), np.array([variance]), quantile)
        return _Reach(mean - float(low_T[0]), float(high_T[0]) - mean)

    def _estimate(
        self, value: float, reach: "_Reach", level: float, observed: Observed
    ) -> Estimate:
        bounds = (value - reach.below, value + reach.above)
        return Estimate(value, *bounds, level, self.name, observed.shape[1])


class _Reach(NamedTuple):
    below: float
    above: float


def draw_by_spread(
    expected_N: Floats, closed_n: NDArray[np.intp], count: int, rng: np.random.Generator
) -> Selection:
    """A systematic draw along expected scores, larger where a score is uncertain."""
    size_N = np.sqrt(expected_N * (1 - expected_N))
    size_N = size_N + _FLOOR * size_N.mean()
    size_N[closed_n] = 0.0
    probability_TN = inclusion_probability(size_N[None], count)
    # Ties are broken at random: a systematic draw never holds two neighbours in its order.
    order_N = np.lexsort((rng.random(expected_N.size), expected_N))
    items_Tn = systematic_draw(probability_TN, order_N, count, rng)
    return Selection(items_Tn, np.take_along_axis(probability_TN, items_Tn, axis=1))


def _add(one: float, other: float, correlation: float) -> float:
    """Half-width of a difference, from the half-widths of its parts.

    Source: Newcombe 1998, Stat. Med. 17:873-890, method 10; with a correlation, Zou & Donner 2008,
    Stat. Med. 27:1693-1702.
    """
    return math.sqrt(max(one**2 - 2 * correlation * one * other + other**2, 0.0))
