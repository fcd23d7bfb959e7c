"""The baseline: the mean difference of two rounds over the same simple random sample."""

import math

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.forecast import Forecast
from eval_predict.gain.inputs import EarlierRound, ForecastInputs, scores_by_item
from eval_predict.gain.repeated_items import repeat_previous
from eval_predict.irt.factor_model import Floats
from eval_predict.stats.confidence_sequence import widening
from eval_predict.stats.estimate import Estimate, mean_score, paired_difference

USUAL_SHARE = 0.1  # share of items at which the confidence sequence is narrowest


class PairedSample:
    """Items drawn evenly, or again those of the previous round where it was not run on all.

    Wilson's interval for the score, Newcombe's for the gains (t where scores are not 0/1).
    """

    def __init__(self, inputs: ForecastInputs, peeking: bool) -> None:
        self.inputs, self.peeking = inputs, peeking

    def stages(self, budget: int) -> list[int]:
        """One: nothing is learnt on the way."""
        return [budget]

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """The next of the previous round's items, then even draws from the others."""
        seen_n = observed.items_Tn[0] if observed else np.empty(0, np.intp)
        again = repeat_previous(self.inputs, seen_n, count)
        closed_n = np.concatenate([seen_n, again.items_Tn[0]])
        open_N = np.setdiff1d(np.arange(self.inputs.num_items), closed_n)
        fresh = count - again.items_Tn.shape[1]
        items_n = rng.choice(open_N, size=fresh, replace=False)
        share_n = np.full(fresh, fresh / max(open_N.size, 1))
        return Selection(
            np.concatenate([again.items_Tn[0], items_n])[None].astype(np.intp),
            np.concatenate([again.probability_Tn[0], share_n])[None],
        )

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """Means over the items that both rounds were run on."""
        scores_n = observed.scores_Tn[0]
        score = self._wider(mean_score(scores_n, level), observed)
        gains = [
            self._gain(earlier, observed.items_Tn[0], scores_n, level)
            for earlier in (self.inputs.previous, self.inputs.base)
        ]
        previous, base = (self._wider(gain, observed) for gain in gains)
        return Forecast(score, previous, base, previous)

    def _gain(
        self, earlier: EarlierRound, items_n: NDArray[np.intp], scores_n: Floats, level: float
    ) -> Estimate:
        before_n = scores_by_item(earlier.observed, self.inputs.num_items)[items_n]
        both_n = ~np.isnan(before_n)
        if not both_n.any():
            warning = f"no item was run on {earlier.name} as well"
            value = float(scores_n.mean() - earlier.observed.scores_Tn.mean())
            return Estimate(
                value, -math.inf, math.inf, level, "paired_sample", len(items_n), (warning,)
            )
        return paired_difference(scores_n[both_n], before_n[both_n], level)

    def _wider(self, estimate: Estimate, observed: Observed) -> Estimate:
        N, n = self.inputs.num_items, observed.shape[1]
        value = estimate.value
        factor = 0.0 if n == N else math.sqrt(1 - n / N)
        if self.peeking and n < N:
            factor *= widening(n / (1 - n / N), USUAL_SHARE * N / (1 - USUAL_SHARE), estimate.level)
        low, high = (
            value + factor * (bound - value) if n < N else value
            for bound in (estimate.low, estimate.high)
        )
        return Estimate(value, low, high, estimate.level, "paired_sample", n, estimate.warnings)
