"""Choose items of a new round of self-training and predict its gain from them."""

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.errors import UserError, unknown_name
from eval_predict.gain.auto import AutoGain
from eval_predict.gain.forecast import Forecast, GainMethod
from eval_predict.gain.inputs import (
    EarlierRound,
    ForecastInputs,
    ItemFeatures,
    check_inputs,
    check_scores,
    repeats,
)
from eval_predict.gain.paired_doubly_robust import PairedDoublyRobust
from eval_predict.gain.paired_sample import PairedSample

__all__ = ["GAIN_METHODS", "ArrayForecaster", "EarlierRound", "Forecast", "ItemFeatures"]

MIN_BUDGET = 5


class ArrayForecaster:
    """Chooses a few items for a new round and predicts its score and its gains from them.

    It works on arrays; `eval_predict.Forecaster` adds scikit-learn's interface and items by name.

    Args:
        method: `auto`, or one of `GAIN_METHODS`.
        level: coverage of the intervals.
        peeking: whether the intervals hold at every look, however one decides when to stop.

    Raises:
        UserError: (a ValueError) on an unknown method, or a level that is no probability.
    """

    def __init__(self, *, method: str = "auto", level: float = 0.9, peeking: bool = False) -> None:
        if method not in GAIN_METHODS:
            raise unknown_name("method", method, GAIN_METHODS)
        if not 0 < level < 1:
            raise UserError(field="level", got=level, expected="a number between 0 and 1")
        self.method, self.level, self.peeking = method, level, peeking

    def fit(
        self,
        num_items: int,
        earlier: Sequence[EarlierRound],
        *,
        history: ScoreMatrix | None = None,
        features: ItemFeatures | None = None,
    ) -> Self:
        """Take the measurements made before the new round is run.

        Args:
            num_items: N, the benchmark's items; all positions are among them.
            earlier: the base first, the previous round last.
            history: other models' scores in [0, 1] on the same items in the same order.
            features: of the same items in the same order.

        Raises:
            UserError: (a ValueError) on parts that do not fit each other.
        """
        self.inputs_ = check_inputs(num_items, earlier, history, features)
        self.method_ = GAIN_METHODS[self.method](self.inputs_, self.peeking)
        return self

    def stages(self, budget: int, batch: int | None = None) -> list[int]:
        """How many items to run in each stage: the method's default, or `batch` at a time.

        Raises:
            UserError: (a ValueError) on a budget below 5 items, or a batch below 1.
        """
        if budget < MIN_BUDGET:
            raise UserError(
                field="budget", got=f"{budget} items", expected=f"{MIN_BUDGET} items or more"
            )
        budget = min(budget, self.inputs_.num_items)
        if batch is None:
            return self.method_.stages(budget)
        if batch < 1:
            raise UserError(field="batch", got=batch, expected="1 or more")
        whole, rest = divmod(budget, batch)
        return [batch] * whole + ([rest] if rest else [])

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """Which `count` items to run next; `observed` is None before the first."""
        if observed is not None:
            self._check(observed)
        left = self.inputs_.num_items - (observed.shape[1] if observed else 0)
        if not 1 <= count <= left:
            raise UserError(field="count", got=count, expected=f"1 to {left}, the items left")
        return self.method_.next(observed, count, rng)

    def forecast(self, observed: Observed) -> Forecast:
        """The new round's score and gains, from the items observed of it."""
        self._check(observed)
        return self.method_.forecast(observed, self.level)

    def _check(self, observed: Observed) -> None:
        items_n = observed.items_Tn[0]
        if observed.shape[0] != 1 or not items_n.size or repeats(items_n):
            raise UserError(
                field="observed",
                got=f"{observed.shape[0]} targets, {observed.shape[1]} items",
                expected="one round, at least one item, each once",
            )
        check_scores("observed", observed.scores_Tn)


GAIN_METHODS: dict[str, Callable[[ForecastInputs, bool], GainMethod]] = {
    "auto": AutoGain,
    "paired_dr": PairedDoublyRobust,
    "paired_sample": PairedSample,
}
