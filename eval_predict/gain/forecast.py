"""The result of a forecast, and the interface of forecasting methods."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.exceedance import probability_above
from eval_predict.stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Forecast:
    """A new round's score on the whole benchmark, and what it gained, each with its interval.

    Attributes:
        score: the mean over all items.
        gain_over_previous: over the round before.
        gain_over_base: over the base.
        gain_alone: over the round before, from the sampled items alone, without smoothing over
            rounds; the gate uses it.
    """

    score: Estimate
    gain_over_previous: Estimate
    gain_over_base: Estimate
    gain_alone: Estimate

    def probability_above(self, minimum: float) -> float:
        """The probability that `gain_alone` exceeds `minimum`."""
        return probability_above(self.gain_alone, minimum)


class GainMethod(Protocol):
    """A way to choose items of a new round and to estimate from their scores."""

    def stages(self, budget: int) -> list[int]:
        """How many items to draw in each stage."""

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """Draw `count` items, none of them observed before."""

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """The forecast from the items observed so far."""
