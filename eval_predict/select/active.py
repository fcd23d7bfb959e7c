"""The designs of the default method: one shared coreset, or draws that follow the target."""

from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel, history_model
from eval_predict.predict.doubly_robust import doubly_robust
from eval_predict.select.active_sampling import (
    coreset_probability,
    most_informative,
    pilot_order,
    pilot_probability,
    target_size,
    unseen_probability,
)
from eval_predict.select.design import AdaptiveDesign, Design, RandomDesign
from eval_predict.stats.survey_weights import drawn_weights
from eval_predict.stats.unequal_probability import systematic_draw

TRUSTED_RATIO = 0.6  # how far beyond the history a model of it is still believed
_STAGES = (0.20, 0.35, 0.50, 0.67, 0.84, 1.0)  # of the budget, reached after each draw
_DRAWS = 3  # of them random; later ones go to the most informative items where that is safe


class _HistoryDesign(Design):
    """Draws that follow a model of the history; even ones where that is too small for a model."""

    def fit(self, history: ScoreMatrix) -> Self:
        """Fit the factor models."""
        super().fit(history)
        self.model_ = history_model(history)
        self.even_ = RandomDesign().fit(history)
        return self

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """Draw `budget` items in systematic order."""
        if self.model_ is None:
            return self.even_.select(budget, rng)
        probability_TN = self._probability(self.model_, budget)
        order_N = pilot_order(self.model_, budget)
        items_Tn = systematic_draw(probability_TN, order_N, budget, rng)
        return Selection(items_Tn, np.take_along_axis(probability_TN, items_Tn, axis=1))

    @abstractmethod
    def _probability(self, model: HistoryModel, budget: int) -> Floats:
        """Inclusion probabilities (1, N) of the first draw."""


class CoresetDesign(_HistoryDesign):
    """Items drawn once for all targets, with probability ∝ their expected standard deviation.

    A tenth of them is chosen for what it says of the mean (`coreset_probability`).

    Source: probability proportional to size, Särndal, Swensson & Wretman 1992, section 3.6.
    """

    draws = 5

    def _probability(self, model: HistoryModel, budget: int) -> Floats:
        return coreset_probability(model, budget)


class ActiveDesign(_HistoryDesign, AdaptiveDesign):
    """Draws in stages, each with probabilities that follow what the target has scored so far.

    Three stages are random and make up half the budget: an estimate without bias can be had from
    them whatever the target is like. The others take the items that say most of the mean, as long
    as the target lies in or near the history's range and random draws remain the half of all;
    elsewhere they are random too.

    Args:
        informative: whether those later stages may choose items; if not, all draws are random.
    """

    def __init__(self, informative: bool = True) -> None:
        self.informative = informative

    def stages(self, budget: int) -> list[int]:
        """Six stages, fewer for a budget below about 12; one where there is nothing to follow."""
        budget = min(budget, self.num_items_)
        if self.model_ is None or not self.model_.differs_:
            return [budget]
        reached = np.round(np.array(_STAGES) * budget).astype(int)
        return [int(size) for size in np.diff(reached, prepend=0) if size > 0]

    def _probability(self, model: HistoryModel, budget: int) -> Floats:
        return pilot_probability(model, budget)

    def next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        """Draw or choose `batch` of the unseen items for each target."""
        if self.model_ is None:
            return _even_draw(observed, batch, self.num_items_, rng)
        scaled = observed.with_scores(self.model_.scaled(observed.scores_Tn))
        size_TN = target_size(self.model_, scaled)
        probability_TN = unseen_probability(size_TN, observed.items_Tn, batch)
        order_TN = np.argsort(size_TN, axis=1, kind="stable")
        items_Tn = systematic_draw(probability_TN, order_TN, batch, rng)
        drawn_Tn = np.take_along_axis(probability_TN, items_Tn, axis=1)
        if self.informative and np.unique(observed.stage_n).size >= _DRAWS:
            self._choose(scaled, items_Tn, drawn_Tn)
        return Selection(items_Tn, drawn_Tn)

    def _choose(self, scaled: Observed, items_Tn: NDArray[np.intp], drawn_Tn: Floats) -> None:
        """Put chosen items in the place of drawn ones, for the targets where that is safe."""
        assert self.model_ is not None  # noqa: S101  (for mypy: `next` has looked)
        batch = items_Tn.shape[1]
        random_T = (scaled.probability_Tn > 0).sum(axis=1)
        estimate = doubly_robust(self.model_, scaled, drawn_weights(scaled, self.num_items_))
        near_T = self.model_.beyond(estimate.mean_T).ratio_T < TRUSTED_RATIO
        rows_T = near_T & (2 * random_T >= scaled.shape[1] + batch)
        if rows_T.any():
            within_T = estimate.mean_T[rows_T] <= self.model_.top_
            items_Tn[rows_T] = most_informative(self.model_, scaled.rows(rows_T), batch, within_T)
            drawn_Tn[rows_T] = np.nan


def _even_draw(
    observed: Observed, batch: int, num_items: int, rng: np.random.Generator
) -> Selection:
    size_TN = np.ones((observed.shape[0], num_items))
    probability_TN = unseen_probability(size_TN, observed.items_Tn, batch)
    order_TN = rng.permuted(np.tile(np.arange(num_items), (len(size_TN), 1)), axis=1)
    items_Tn = systematic_draw(probability_TN, order_TN, batch, rng)
    return Selection(items_Tn, np.take_along_axis(probability_TN, items_Tn, axis=1))
