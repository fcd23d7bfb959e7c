"""Collaborative filtering as published: scores from similar items and models."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.published.transport import RelatedTask, Synthesis, synthesise, transport
from eval_predict.select.cf import SIMILAR_SHARE, similar_count
from eval_predict.stats.similarity import (
    Neighbours,
    compact,
    item_neighbours,
    model_similarity,
    similar_weights,
    weighted_moments,
)

NEIGHBOURS = 5


class CollaborativeFiltering(Predictor):
    """Each item not run is predicted from similar items, else from similar models.

    Where the highest similarity of an item to an observed one reaches a threshold, the target's
    own scores on the most similar observed items are its prediction; elsewhere it is the mean over
    the models most like the target. The threshold adapts to each target: the one with the least
    squared error when each observed item is predicted from the others.

    With related tasks, optimal transport carries the target's scores there over to the items
    here, and the synthetic scores are mixed in with the weight in [0, 1] that fits the observed
    items best. Related tasks are given in Python only; in a comparison on one matrix there are
    none, so that `bench` shows the method without transport.

    The published method has no interval; the bounds are infinite.

    Args:
        related: what the targets scored elsewhere, in the order of the targets to be predicted;
            an empty one is the ablation without transport.

    Source: arXiv:2504.08781, stage 2 of its section 4. The rules for the thresholds, for mixing,
    and agreement as likeness of items and of models, are ours.
    """

    name = "cf"

    def __init__(self, related: Sequence[RelatedTask] = ()) -> None:
        self.related = tuple(related)

    def _fit(self, history: ScoreMatrix) -> None:
        low, high = history.range
        self.scale_ = (low, high - low if high > low else 1.0)
        self.scores_MN_ = compact(history)
        self.syntheses_: tuple[Synthesis, ...] = tuple(
            transport(history, task) for task in self.related
        )

    def _predict(self, observed: Observed, level: float) -> Prediction:
        low, width = self.scale_
        seen_Tn = (observed.scores_Tn - low) / width
        filled_TN = self._hybrid(observed.items_Tn, seen_Tn)
        np.put_along_axis(filled_TN, observed.items_Tn, seen_Tn, axis=1)
        return without_interval(low + width * filled_TN.mean(axis=1))

    def _hybrid(
        self, items_Tn: NDArray[np.intp], seen_Tn: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Predictions (T, N) in [0, 1]; an observed item's does not know its own score."""
        user_TN = similar_models_mean(self.scores_MN_, items_Tn, seen_Tn)
        near = item_neighbours(self.scores_MN_, items_Tn, seen_Tn, NEIGHBOURS)
        threshold_T = _thresholds(near, user_TN, items_Tn, seen_Tn)
        similar_TN = (near.similarity_TN >= threshold_T[:, None]) & (near.mass_TN > 0)
        hybrid_TN = np.where(similar_TN, near.value_TN, user_TN).astype(np.float64)
        return self._mix_in_synthetic(hybrid_TN, items_Tn, seen_Tn)

    def _mix_in_synthetic(
        self,
        hybrid_TN: NDArray[np.float64],
        items_Tn: NDArray[np.intp],
        seen_Tn: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        if not self.syntheses_:
            return hybrid_TN
        low, width = self.scale_
        synthetic_TN = (synthesise(self.syntheses_, len(items_Tn)) - low) / width
        step_TN = np.nan_to_num(synthetic_TN - hybrid_TN)
        step_Tn = np.take_along_axis(step_TN, items_Tn, axis=1)
        error_Tn = seen_Tn - np.take_along_axis(hybrid_TN, items_Tn, axis=1)
        power_T = (step_Tn**2).sum(axis=1)
        weight_T = (step_Tn * error_Tn).sum(axis=1) / np.where(power_T > 0, power_T, 1)
        return np.asarray(hybrid_TN + np.clip(weight_T, 0, 1)[:, None] * step_TN)


def similar_models_mean(
    scores_MN: NDArray[np.uint8] | NDArray[np.float32],
    items_Tn: NDArray[np.intp],
    seen_Tn: NDArray[np.float64],
    share: float = SIMILAR_SHARE,
) -> NDArray[np.float32]:
    """Each item's mean (T, N) over the share of models that agree most with each target."""
    similarity_TM = model_similarity(scores_MN, items_Tn, seen_Tn)
    weight_TM = similar_weights(similarity_TM, similar_count(len(scores_MN), share))
    return weighted_moments(scores_MN, weight_TM)[0]


def _thresholds(
    near: Neighbours,
    user_TN: NDArray[np.float32],
    items_Tn: NDArray[np.intp],
    seen_Tn: NDArray[np.float64],
) -> NDArray[np.float64]:
    """For each target the similarity above which its own scores predict best; 2 for none."""
    value_Tn, mass_Tn, similarity_Tn, user_Tn = (
        np.take_along_axis(array_TN, items_Tn, axis=1) for array_TN in (*near, user_TN)
    )
    gain_Tn = np.where(mass_Tn > 0, (user_Tn - seen_Tn) ** 2 - (value_Tn - seen_Tn) ** 2, 0)
    order_Tn = np.argsort(-similarity_Tn, axis=1, kind="stable")
    sorted_Tn = np.take_along_axis(similarity_Tn, order_Tn, axis=1)
    total_Tn = np.cumsum(np.take_along_axis(gain_Tn, order_Tn, axis=1), axis=1)
    # A threshold takes all items of equal similarity or none.
    cut_Tn = np.diff(sorted_Tn, axis=1, append=-1) < 0
    total_Tn = np.where(cut_Tn, total_Tn, -np.inf)
    best_T = total_Tn.argmax(axis=1)
    rows = np.arange(len(best_T))
    return np.where(total_Tn[rows, best_T] > 0, sorted_Tn[rows, best_T], 2.0)
