"""The designs of the default method: one shared coreset, or draws that follow the target."""

from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.irt.constants import AUTO, AutoConstants
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel, history_model
from eval_predict.select.active_sampling import (
    first_order,
    first_probability,
    later_draw,
    unseen_probability,
)
from eval_predict.select.design import AdaptiveDesign, Design, RandomDesign
from eval_predict.stats.unequal_probability import systematic_draw


class HistoryDesign(Design):
    """Draws that follow a model of the history; even ones where that is too small for a model."""

    def fit(self, history: ScoreMatrix) -> Self:
        """Fit the factor models."""
        super().fit(history)
        self.model_ = history_model(history)
        self.even_ = RandomDesign().fit(history)
        return self

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        if self.model_ is None:
            return self.even_.select(budget, rng)
        probability_TN = self._probability(self.model_, budget)
        return drawn(probability_TN, first_order(self.model_, budget), budget, rng)

    @abstractmethod
    def _probability(self, model: HistoryModel, budget: int) -> Floats:
        """Inclusion probabilities (1, N) of the first draw."""


class CoresetDesign(HistoryDesign):
    """Items drawn once for all targets, likelier where the expected standard deviation is large.

    Source: probability proportional to size, Särndal, Swensson & Wretman 1992, section 3.6.
    """

    draws = 5

    def __init__(self, constants: AutoConstants = AUTO) -> None:
        self.constants = constants

    def _probability(self, model: HistoryModel, budget: int) -> Floats:
        return first_probability(model, budget, self.constants.one_shot_sizes)


class StagedDesign(HistoryDesign, AdaptiveDesign):
    """Random draws in stages, each with probabilities that follow what came before."""

    reached: tuple[float, ...]

    def stages(self, budget: int) -> list[int]:
        """Parts of the budget; one alone where there is nothing to follow."""
        budget = min(budget, self.num_items_)
        if self.model_ is None or not self.model_.differs_:
            return [budget]
        reached = np.round(np.array(self.reached) * budget).astype(int)
        return [int(size) for size in np.diff(reached, prepend=0) if size > 0]

    def _next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        if self.model_ is None:
            return _even_draw(observed, batch, self.num_items_, rng)
        scaled = observed.with_scores(self.model_.scaled(observed.scores_Tn))
        probability_TN, order_TN = self._later(self.model_, scaled, batch)
        return drawn(probability_TN, order_TN, batch, rng)

    @abstractmethod
    def _later(
        self, model: HistoryModel, observed: Observed, batch: int
    ) -> tuple[Floats, NDArray[np.intp]]:
        """Inclusion probabilities (T, N) and orders of a later stage."""


class ActiveDesign(StagedDesign):
    """Four random stages; later ones favour items whose score is uncertain for this target.

    A quarter of a later item's size is even, the rest follows `(P(1 − P))^1.5`, where the chance P
    averages over several explanations of the scores, among them that the target's scores do not
    follow the history's pattern (`mixed_chances`). Each item keeps a positive probability.

    Source: tempered active sampling with an even share, as in arXiv:2601.20251, section 3; all
    numbers are in `eval_predict.irt.constants`.
    """

    def __init__(self, constants: AutoConstants = AUTO) -> None:
        self.constants = constants
        self.reached = constants.staging.reached

    def _probability(self, model: HistoryModel, budget: int) -> Floats:
        return first_probability(model, budget, self.constants.staging.first)

    def _later(
        self, model: HistoryModel, observed: Observed, batch: int
    ) -> tuple[Floats, NDArray[np.intp]]:
        return later_draw(model, observed, batch, self.constants.staging)


def drawn(
    probability_TN: Floats, order: NDArray[np.intp], count: int, rng: np.random.Generator
) -> Selection:
    """A systematic sample with these probabilities."""
    items_Tn = systematic_draw(probability_TN, order, count, rng)
    return Selection(items_Tn, np.take_along_axis(probability_TN, items_Tn, axis=1))


def _even_draw(
    observed: Observed, batch: int, num_items: int, rng: np.random.Generator
) -> Selection:
    size_TN = np.ones((observed.shape[0], num_items))
    probability_TN = unseen_probability(size_TN, observed.items_Tn, batch)
    order_TN = rng.permuted(np.tile(np.arange(num_items), (len(size_TN), 1)), axis=1)
    return drawn(probability_TN, order_TN, batch, rng)
