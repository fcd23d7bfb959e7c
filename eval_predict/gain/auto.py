"""The default method: design and model estimates of each round, shrunk and smoothed."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.factor_regressors import FactorRegressors
from eval_predict.gain.forecast import Forecast
from eval_predict.gain.inputs import ForecastInputs
from eval_predict.gain.item_model import Regressors, item_model
from eval_predict.gain.local_level import local_level
from eval_predict.gain.paired_doubly_robust import draw_by_spread
from eval_predict.gain.peeking import peeking_factor
from eval_predict.gain.regressors import RegressorBuilder
from eval_predict.gain.repeated_items import repeat_then_draw
from eval_predict.gain.round_difference import RoundDifference, residual_correlation
from eval_predict.gain.round_estimate import RoundEstimate, exact_round, round_estimate
from eval_predict.gain.shrinkage import shrunken
from eval_predict.irt.constants import AUTO, Sizes
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel, history_model
from eval_predict.predict.shrinkage import Mixture
from eval_predict.stats.estimate import Estimate
from eval_predict.stats.intervals import normal_quantile
from eval_predict.stats.unequal_probability import (
    inclusion_probability,
    serpentine_order,
    systematic_draw,
)

_PROBE = 0.2  # share of the budget after which a round is known to resemble the previous one
_ALIKE = 0.5  # residual correlation of two rounds above which the same items are run again
_MOST_SMOOTHING = 0.5  # standard errors by which smoothing may move a score
_TWO_ROUNDS = 1.2  # of a gain's variance where neither round was run in full: see `_gain`
_CORRELATED = 0.98  # largest correlation of two rounds' errors


class AutoGain:
    """Doubly robust estimates of the rounds' scores, shrunk towards a regression's.

    A regression on earlier rounds, a history's factor model and item features gives each item an
    expected score. Items are drawn with probabilities that favour uncertain ones: with a history
    in stages that follow the new round's scores, otherwise at once. The previous round's items are
    run again where it was not run on all items; with a history only as long as both rounds'
    scores agree. A round's score, or its difference from a round that shares its items, is the
    regression's estimate, moved towards the doubly robust one as far as the sampled items show
    that the regression is off (`shrunken`).

    The values are then smoothed over rounds (`local_level`), which moves a small uncertain gain
    towards none. Intervals and `gain_alone` are not smoothed: they rest on the round's own items.
    """

    name = "auto"

    def __init__(self, inputs: ForecastInputs, peeking: bool) -> None:
        self.inputs, self.peeking = inputs, peeking
        model = history_model(inputs.history) if inputs.history is not None else None
        self.model = model if model is not None and model.differs_ else None
        self.builder = (
            FactorRegressors(inputs, self.model.free_)
            if self.model is not None
            else RegressorBuilder(inputs, None)
        )
        self.earlier = [
            self._round(part.observed, number) for number, part in enumerate(inputs.earlier)
        ]

    def stages(self, budget: int) -> list[int]:
        """Four stages with a history, five where a part of the previous round is run again."""
        if self.model is None:
            return [budget]
        probe = () if self.earlier[-1].exact else (_PROBE,)
        reached = np.round(np.array((*probe, *AUTO.staging.reached)) * budget).astype(int)
        return [int(size) for size in np.diff(reached, prepend=0) if size > 0]

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """Items of the previous round as long as that helps, then a new draw."""
        repeat = self.model is None or observed is None or self._alike(observed)
        return repeat_then_draw(self.inputs, observed, count, rng, repeat, self._draw)

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """The new round's score and gains; `gain_alone` is the gain before smoothing."""
        new = self._round(observed, len(self.inputs.earlier))
        score = self._score(new, level, observed.shape[1])
        previous, base = (
            self._gain(new, score, old, level, observed.shape[1])
            for old in (self.earlier[-1], self.earlier[0])
        )
        smooth_R = self._smoothed(new, score, previous, level)
        return Forecast(
            _moved(score, float(smooth_R[-1])),
            _moved(previous, float(smooth_R[-1] - smooth_R[-2])),
            _moved(base, float(smooth_R[-1] - smooth_R[0])),
            previous,
        )

    def _regressors(self, observed: Observed | None, number: int) -> Regressors:
        return self.builder.regressors(observed, number)

    def _round(self, observed: Observed, number: int) -> RoundEstimate:
        if observed.shape[1] == self.inputs.num_items:
            return exact_round(observed)
        return round_estimate(self._regressors(observed, number), observed)

    def _alike(self, observed: Observed) -> bool:
        """Whether the new round's errors resemble the previous round's on the shared items."""
        if self.earlier[-1].exact or observed.shape[1] == self.inputs.num_items:
            return False
        new = self._round(observed, len(self.inputs.earlier))
        return residual_correlation(new, self.earlier[-1]) > _ALIKE

    def _draw(
        self,
        observed: Observed | None,
        closed_n: NDArray[np.intp],
        count: int,
        rng: np.random.Generator,
    ) -> Selection:
        regressors = self._regressors(observed, len(self.inputs.earlier))
        items_n = observed.items_Tn[0] if observed else np.empty(0, np.intp)
        scores_n = observed.scores_Tn[0] if observed else np.empty(0)
        expected_N = item_model(regressors, items_n, scores_n).expected_N
        if self.model is None:
            return draw_by_spread(expected_N, closed_n, count, rng)
        sizes = AUTO.staging.first if observed is None else AUTO.staging.later
        return _draw_serpentine(self.model, expected_N, sizes, closed_n, count, rng)

    def _score(self, estimate: RoundEstimate, level: float, count: int) -> Estimate:
        """A round's mean score with its interval, not smoothed."""
        if estimate.exact:
            value = estimate.robust
            return Estimate(value, value, value, level, self.name, count)
        spread = estimate.modelled * (1 - estimate.modelled)
        mixture = shrunken(
            estimate.modelled,
            estimate.distance,
            modelled_variance=estimate.modelled_variance,
            distance_variance=estimate.distance_variance,
            robust_variance=estimate.robust_variance,
            scale=spread,
            effective_size=estimate.effective_size,
        )
        edge = 0.3 / self.inputs.num_items
        mixture = mixture._replace(mean_TK=np.clip(mixture.mean_TK, edge, 1 - edge))
        return self._estimate(mixture, estimate.low, estimate.high, level, count)

    def _gain(
        self, new: RoundEstimate, score: Estimate, old: RoundEstimate, level: float, count: int
    ) -> Estimate:
        """The gain over a round, not smoothed.

        Where neither round was run on all items, what changed between them besides the factors is
        in neither estimate's variance; intervals were measured to be too narrow by `_TWO_ROUNDS`.
        """
        if old.exact or new.exact:
            other = self._score(old, level, count)
            below, above = score.value - score.low, score.high - score.value
            if not old.exact:
                below, above = other.high - other.value, other.value - other.low
            value = score.value - other.value
            return Estimate(value, value - below, value + above, level, self.name, count)
        difference = RoundDifference.of(new, old, self.inputs.num_items)
        mixture = shrunken(
            difference.modelled,
            difference.distance,
            modelled_variance=difference.modelled_variance,
            distance_variance=difference.distance_variance,
            robust_variance=difference.robust_variance,
            scale=difference.scale,
            effective_size=difference.effective_size,
        )
        # From [-1, 1] to [0, 1], where the mixture's quantiles are computed.
        variance_TK = _TWO_ROUNDS * mixture.variance_TK / 4
        unit = Mixture((1 + mixture.mean_TK) / 2, variance_TK, mixture.weight_TK)
        low, high = (new.low - old.high + 1) / 2, (new.high - old.low + 1) / 2
        estimate = self._estimate(unit, low, high, level, count)
        value, low, high = (2 * part - 1 for part in (estimate.value, estimate.low, estimate.high))
        return replace(estimate, value=value, low=low, high=high)

    def _estimate(
        self, mixture: Mixture, low: float, high: float, level: float, count: int
    ) -> Estimate:
        value = float(np.clip(mixture.mean_T[0], low, high))
        factor = peeking_factor(count, self.inputs.num_items, level) if self.peeking else 1.0
        bounds = [float(mixture.quantile(share)[0]) for share in ((1 - level) / 2, (1 + level) / 2)]
        bounds = [value + factor * (bound - value) for bound in bounds]
        return Estimate(
            value,
            min(max(bounds[0], low), value),
            max(min(bounds[1], high), value),
            level,
            self.name,
            count,
        )

    def _smoothed(
        self, new: RoundEstimate, score: Estimate, gain: Estimate, level: float
    ) -> Floats:
        """Values (R,) of all rounds' scores, smoothed by a local level model.

        Source of the limit: Efron & Morris 1972, J. Am. Stat. Assoc. 67:130-139 (a round unlike
        all others is then hardly worse off than without smoothing).
        """
        scores = [*(self._score(old, level, 0) for old in self.earlier), score]
        value_R = np.array([estimate.value for estimate in scores])
        error_RR = np.diag([_variance(estimate) for estimate in scores])
        if not self.earlier[-1].exact and not new.exact:
            # The two rounds may share items: their difference is known better than their scores.
            value_R[-2] = value_R[-1] - gain.value
            shared = (error_RR[-1, -1] + error_RR[-2, -2] - _variance(gain)) / 2
            limit = _CORRELATED * math.sqrt(error_RR[-1, -1] * error_RR[-2, -2])
            error_RR[-1, -2] = error_RR[-2, -1] = np.clip(shared, -limit, limit)
        most_R = _MOST_SMOOTHING * np.sqrt(np.diag(error_RR))
        moved_R = np.clip(local_level(value_R, error_RR) - value_R, -most_R, most_R)
        return np.asarray(np.clip(value_R + moved_R, 0.0, 1.0))


def _draw_serpentine(
    model: HistoryModel,
    expected_N: Floats,
    sizes: Sizes,
    closed_n: NDArray[np.intp],
    count: int,
    rng: np.random.Generator,
) -> Selection:
    """A systematic draw along bands of expected scores; a part of each item's size is even."""
    size_N = (expected_N * (1 - expected_N)) ** sizes.power
    size_N = (1 - sizes.informed) + sizes.informed * size_N / size_N.mean()
    size_N[closed_n] = 0.0
    probability_TN = inclusion_probability(size_N[None], count)
    order_N = serpentine_order(expected_N, model.direction_N_, round(math.sqrt(count)))
    items_Tn = systematic_draw(probability_TN, order_N, count, rng)
    return Selection(items_Tn, np.take_along_axis(probability_TN, items_Tn, axis=1))


def _moved(estimate: Estimate, value: float) -> Estimate:
    """An estimate with another value; its interval is extended to a value outside of it."""
    return replace(
        estimate, value=value, low=min(estimate.low, value), high=max(estimate.high, value)
    )


def _variance(estimate: Estimate) -> float:
    width = estimate.high - estimate.low
    return (width / (2 * normal_quantile(estimate.level))) ** 2
