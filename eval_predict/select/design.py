"""The interface of every design: fit on a history, then select the items to run."""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.errors import UserError


class Design(ABC):
    """Says which items of a benchmark to run, all at once and the same for every target.

    Attributes:
        draws: how many samples `bench` takes in each repeat. One that all targets share misses
            them all alike, so where a draw costs nothing several make the comparison surer.
    """

    draws: ClassVar[int] = 1

    def fit(self, history: ScoreMatrix) -> Self:
        """Learn from what other models scored; what is learnt ends in `_`."""
        self.num_items_ = len(history.items)
        return self

    def select(self, budget: int, rng: np.random.Generator) -> Selection:
        """Draw `budget` items; a design's `T` is 1 here.

        Raises:
            UserError: (a ValueError) on a budget below 1 or above the benchmark's items.
        """
        if not 1 <= budget <= self.num_items_:
            raise UserError(
                field="budget",
                got=f"{budget} items",
                expected=f"1 to {self.num_items_}, the items of the benchmark",
                fix=f"Ask for {self.num_items_} items to run the whole benchmark."
                if budget > self.num_items_
                else None,
            )
        return self._select(budget, rng)

    @abstractmethod
    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """Draw `budget` items (1 ≤ budget ≤ N)."""


class AdaptiveDesign(Design):
    """A design that looks at the scores so far before it says what to run next, for each target."""

    @abstractmethod
    def stages(self, budget: int) -> list[int]:
        """How many items to draw in each stage; `select` draws the first, `next` the others."""

    def next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        """Draw `batch` more items for each target, none of them observed before.

        Raises:
            UserError: (a ValueError) on a batch below 1 or above the items that are left.
        """
        left = self.num_items_ - observed.shape[1]
        if not 1 <= batch <= left:
            raise UserError(
                field="batch",
                got=f"{batch} items",
                expected=f"1 to {left}, the items that were not observed yet"
                if left
                else "no further draw, as all items were observed",
                fix=f"Draw {left} items to run the whole benchmark." if batch > left > 0 else None,
            )
        return self._next(observed, batch, rng)

    @abstractmethod
    def _next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        """Draw `batch` of the unseen items for each target (1 ≤ batch ≤ items left)."""


class RandomDesign(Design):
    """Simple random sampling without replacement: each item with probability n/N."""

    draws = 5

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """Draw `budget` items evenly."""
        items = rng.choice(self.num_items_, size=budget, replace=False)
        share = np.full((1, budget), budget / self.num_items_)
        return Selection(items[None, :].astype(np.intp), share)
