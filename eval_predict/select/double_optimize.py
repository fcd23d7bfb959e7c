"""Double optimisation: items chosen by gradient together with their weights."""

from typing import Self

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Selection
from eval_predict.select.design import Design
from eval_predict.select.fixed import fixed_selection
from eval_predict.stats.double_optimization import choose


class DoubleOptimizeDesign(Design):
    """The items of the best step of a joint descent over choice and weights.

    Source: arXiv:2506.07673, section 3 ("double optimize").
    """

    def fit(self, history: ScoreMatrix) -> Self:
        """Keep the scores."""
        self.filled_MN_ = history.filled_MN()
        return super().fit(history)

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """Descend, and take the chosen items."""
        if len(self.filled_MN_) <= 1 or budget == self.num_items_:
            return fixed_selection(rng.permutation(self.num_items_)[:budget])
        return fixed_selection(choose(self.filled_MN_, budget, rng))
