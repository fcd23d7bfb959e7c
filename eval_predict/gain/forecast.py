"""What every way of forecasting a round gives, and what it has to offer."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from eval_predict.estimate import Estimate
from eval_predict.gain.chance import chance_above
from eval_predict.observed import Observed, Selection


@dataclass(frozen=True, slots=True)
class Forecast:
    """A new round's score on the whole benchmark, and what it gained, each with its interval."""

    score: Estimate
    gain_over_previous: Estimate
    gain_over_base: Estimate

    def chance_above(self, gain: Literal["previous", "base"], minimum: float) -> float:
        """The chance that a gain exceeds `minimum`, in agreement with its interval."""
        estimate = self.gain_over_previous if gain == "previous" else self.gain_over_base
        return chance_above(estimate, minimum)


class GainMethod(Protocol):
    """One way to choose items of a new round and to read their scores."""

    def stages(self, budget: int) -> list[int]:
        """How many items to draw in each stage."""

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """Draw `count` items, none of them observed before."""

    def forecast(self, observed: Observed, level: float) -> Forecast:
        """What the items observed so far say."""
