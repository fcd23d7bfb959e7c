"""Anchor points: items that represent the others, by how models' scores on them correlate."""

from typing import Self

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Selection
from eval_predict.select.design import Design
from eval_predict.select.fixed import fixed_selection
from eval_predict.select.medoids import medoids


class AnchorPointsDesign(Design):
    """The medoids of the items under one minus correlation.

    Source: arXiv:2309.08638, sections 3.1 and 3.2, as used by arXiv:2506.07673, section 3.
    """

    def __init__(self, absolute: bool = False) -> None:
        """Say whether opposite scores make items as alike as equal ones do."""
        self.absolute = absolute

    def fit(self, history: ScoreMatrix) -> Self:
        """Keep the scores."""
        self.filled_MN_ = history.filled_MN()
        return super().fit(history)

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """Cluster the items anew for this budget."""
        if not len(self.filled_MN_):
            return fixed_selection(rng.permutation(self.num_items_)[:budget])
        return fixed_selection(medoids(self.filled_MN_, budget, rng, self.absolute))


class PredictorAnchorsDesign(AnchorPointsDesign):
    """Anchors that predict each item by a line of either sign."""

    def __init__(self) -> None:
        """Take opposite scores as alike."""
        super().__init__(absolute=True)
