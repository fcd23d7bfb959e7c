"""Designs of collaborative filtering: items on which the models most like a target disagree."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.select.design import AdaptiveDesign
from eval_predict.stats.similarity import (
    compact,
    model_similarity,
    similar_weights,
    weighted_moments,
)
from eval_predict.stats.unequal_probability import inclusion_probability, systematic_draw

SIMILAR_SHARE = 0.2
MIN_SIMILAR = 3


def similar_count(models: int, share: float = SIMILAR_SHARE) -> int:
    """How many models count as similar to a target: a share of the history, at least 3."""
    return min(models, max(MIN_SIMILAR, round(share * models)))


class _SimilarModels(AdaptiveDesign):
    """A first draw for everyone, then draws that follow the models most like each target."""

    similar: float

    def fit(self, history: ScoreMatrix) -> Self:
        """Keep the scores of the models that have any."""
        super().fit(history)
        usable = ~history.missing_MN.all(axis=1)
        # Without any score all items are alike, which one empty row says.
        models = history.take_models(usable) if usable.any() else None
        shape = (1, len(history.items))
        self.scores_MN_ = compact(models) if models else np.zeros(shape, np.uint8)
        low, high = history.range
        self.scale_ = (low, high - low if high > low else 1.0)
        return self

    def _similar_moments(
        self, observed: Observed
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        low, width = self.scale_
        scores_Tn = (observed.scores_Tn - low) / width
        similarity_TM = model_similarity(self.scores_MN_, observed.items_Tn, scores_Tn)
        count = similar_count(len(self.scores_MN_), self.similar)
        return weighted_moments(self.scores_MN_, similar_weights(similarity_TM, count))

    def _all_moments(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        M = len(self.scores_MN_)
        return weighted_moments(self.scores_MN_, np.full((1, M), 1 / M, np.float32))


class ImportanceDesign(_SimilarModels):
    """Items of highest variance: over all models for the probe set, then over similar models.

    The probe set is the first of `rounds` equal parts of the budget. After each part the models
    most like the target on everything seen so far are found anew, importance is re-scored over
    them, and the most important items not yet seen come next. Items are chosen and not drawn, so
    that their probabilities are NaN; of items with equal importance the generator picks.

    Args:
        rounds: parts of the budget; 1 is the ablation without iteration.
        similar: share of the history's models that count as similar to a target.

    Source: arXiv:2504.08781, stage 1 of its section 4. The number of similar models (a fifth) and
    of rounds, and agreement as likeness, are ours.
    """

    def __init__(self, rounds: int = 4, similar: float = SIMILAR_SHARE) -> None:
        self.rounds = rounds
        self.similar = similar

    def stages(self, budget: int) -> list[int]:
        """`rounds` parts as equal as may be, the first of them the probe set."""
        return split_evenly(budget, self.rounds)

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """The `budget` items of highest variance over all models."""
        return _choose(self._all_moments()[1].astype(np.float64), budget, rng)

    def _next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        """For each target the `batch` unseen items of highest variance over similar models."""
        importance_TN = self._similar_moments(observed)[1].astype(np.float64)
        np.put_along_axis(importance_TN, observed.items_Tn, -np.inf, axis=1)
        return _choose(importance_TN, batch, rng)


class SimilarSpreadDesign(_SimilarModels):
    """The same importance as `ImportanceDesign`, drawn with known unequal probabilities.

    An even systematic pilot, in the order of the items' means; then draws with probability
    proportional to the standard deviation over the similar models plus a floor, systematic in the
    order of the similar models' mean. Each item keeps a positive probability in every draw.

    Args:
        rounds: how many draws follow the pilot.
        pilot: share of the budget in the pilot.
        floor: what is added to each item's size, as a multiple of the mean size.
        similar: share of the history's models that count as similar to a target.

    Source: importance as in arXiv:2504.08781, stage 1; systematic sampling with unequal
    probabilities: Madow 1949, Ann. Math. Stat. 20:333-354.
    """

    def __init__(
        self, rounds: int = 2, pilot: float = 0.3, floor: float = 1.0, similar: float = 0.5
    ) -> None:
        self.rounds = rounds
        self.pilot = pilot
        self.floor = floor
        self.similar = similar

    def stages(self, budget: int) -> list[int]:
        """The pilot, then `rounds` draws as equal as may be."""
        pilot = max(1, round(self.pilot * budget))
        return [pilot, *split_evenly(budget - pilot, self.rounds)]

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """An even draw, spread over easy and hard items."""
        mean_1N = self._all_moments()[0]
        return _draw(np.ones(mean_1N.shape), mean_1N, budget, rng)

    def _next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        """For each target a draw among unseen items, likelier where similar models disagree."""
        mean_TN, variance_TN = self._similar_moments(observed)
        size_TN = np.sqrt(variance_TN, dtype=np.float64)
        mean_T = size_TN.mean(axis=1, keepdims=True)
        size_TN += np.where(mean_T > 0, self.floor * mean_T, 1)
        np.put_along_axis(size_TN, observed.items_Tn, 0, axis=1)
        return _draw(size_TN, mean_TN, batch, rng)


def split_evenly(budget: int, parts: int) -> list[int]:
    """`budget` in at most `parts` parts that differ by one at most; none of them is empty."""
    parts = min(parts, budget)
    edges = np.linspace(0, budget, parts + 1).round().astype(int)
    return [int(part) for part in np.diff(edges)] if parts else []


def _draw(
    size_TN: NDArray[np.float64],
    order_TN: NDArray[np.float32],
    count: int,
    rng: np.random.Generator,
) -> Selection:
    """A systematic sample along each row's order, equal values of it in random order."""
    shuffled_N = rng.permutation(size_TN.shape[1])
    walk_TN = shuffled_N[np.argsort(order_TN[:, shuffled_N], axis=1, kind="stable")]
    probability_TN = inclusion_probability(size_TN, count)
    items_Tn = systematic_draw(probability_TN, walk_TN, count, rng)
    return Selection(items_Tn, np.take_along_axis(probability_TN, items_Tn, axis=1))


def _choose(importance_TN: NDArray[np.float64], count: int, rng: np.random.Generator) -> Selection:
    """The most important items of each row, equal ones in random order."""
    shuffled_N = rng.permutation(importance_TN.shape[1])
    order_TN = np.argsort(-importance_TN[:, shuffled_N].round(5), axis=1, kind="stable")
    items_Tn = shuffled_N[order_TN[:, :count]].astype(np.intp)
    return Selection(items_Tn, np.full(items_Tn.shape, np.nan))
