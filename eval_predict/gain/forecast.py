"""What every way of forecasting a round gives, and what it has to offer."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.chance import chance_above
from eval_predict.stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Forecast:
    """A new round's score on the whole benchmark, and what it gained, each with its interval.

    Attributes:
        score: the mean over all items.
        gain_over_previous: over the round before.
        gain_over_base: over the base.
        gain_alone: over the round before, not drawn towards what other rounds gained: the best
            guess of a gain is not the best witness of a single bad round.
    """

    score: Estimate
    gain_over_previous: Estimate
    gain_over_base: Estimate
    gain_alone: Estimate

    def chance_above(self, minimum: float) -> float:
        """The chance that the gain over the round before exceeds `minimum`, by `gain_alone`."""
        return chance_above(self.gain_alone, minimum)


class GainMethod(Protocol):
    """One way to choose items of a new round and to read their scores."""

    def stages(self, budget: int) -> list[int]:
        """How many items to draw in each stage."""

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """Draw `count` items, none of them observed before."""

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """What the items observed so far say."""
