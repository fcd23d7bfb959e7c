"""The baseline: the mean difference of two rounds over the same simple random sample."""

import math

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.forecast import Forecast
from eval_predict.gain.inputs import EarlierRound, ForecastInputs, scores_by_item
from eval_predict.gain.peeking import peeking_factor
from eval_predict.gain.repeated_items import repeat_then_draw
from eval_predict.stats.difference import paired_difference
from eval_predict.stats.estimate import Estimate, mean_score

_NAME = "paired_sample"


class PairedSample:
    """A random sample of items, or the previous round's where that was not run on all.

    Wilson's interval for the score, Newcombe's for the gains (t where scores are not 0/1).
    """

    def __init__(self, inputs: ForecastInputs, peeking: bool) -> None:
        self.inputs, self.peeking = inputs, peeking

    def stages(self, budget: int) -> list[int]:
        """One stage: draws do not depend on scores."""
        return [budget]

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """The next of the previous round's items, then even draws from the others."""
        return repeat_then_draw(self.inputs, observed, count, rng, True, self._draw)

    def _draw(
        self,
        observed: Observed | None,
        closed_n: NDArray[np.intp],
        count: int,
        rng: np.random.Generator,
    ) -> Selection:
        open_n = np.setdiff1d(np.arange(self.inputs.num_items), closed_n)
        items_n = rng.choice(open_n, size=count, replace=False).astype(np.intp)
        return Selection(items_n[None], np.full((1, count), count / open_n.size))

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """Means over the items that both rounds were run on."""
        scores_n = observed.scores_Tn[0]
        score = self._corrected(mean_score(scores_n, level), scores_n.size)
        previous, base = (
            self._gain(earlier, observed, level)
            for earlier in (self.inputs.previous, self.inputs.base)
        )
        return Forecast(score, previous, base, previous)

    def _gain(self, earlier: EarlierRound, observed: Observed, level: float) -> Estimate:
        items_n, scores_n = observed.items_Tn[0], observed.scores_Tn[0]
        before_n = scores_by_item(earlier.observed, self.inputs.num_items)[items_n]
        both_n = ~np.isnan(before_n)
        count = int(both_n.sum())
        if not count:
            warning = f"no item was run on {earlier.name} as well"
            value = float(scores_n.mean() - earlier.observed.scores_Tn.mean())
            return Estimate(value, -math.inf, math.inf, level, _NAME, 0, (warning,))
        return self._corrected(paired_difference(scores_n[both_n], before_n[both_n], level), count)

    def _corrected(self, estimate: Estimate, count: int) -> Estimate:
        """The finite-population correction for the items behind the estimate, and for looks."""
        N, value = self.inputs.num_items, estimate.value
        if count >= N:
            return Estimate(value, value, value, estimate.level, _NAME, count, estimate.warnings)
        factor = math.sqrt(1 - count / N)
        if self.peeking:
            factor *= peeking_factor(count, N, estimate.level)
        low, high = (value + factor * (bound - value) for bound in (estimate.low, estimate.high))
        return Estimate(value, low, high, estimate.level, _NAME, count, estimate.warnings)
