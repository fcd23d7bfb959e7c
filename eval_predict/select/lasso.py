"""Lasso: the items that a sparse regression of the whole score keeps."""

from typing import Self

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Selection
from eval_predict.select.design import Design
from eval_predict.select.fixed import filled_up, fixed_selection
from eval_predict.stats.lasso import lasso_keeping


class LassoDesign(Design):
    """Takes the items with weight in the lasso whose penalty keeps as many as the budget allows.

    Where it keeps fewer, as it may with few models, random items fill the budget.

    Source: arXiv:2506.07673, section 3 ("lasso").
    """

    def fit(self, history: ScoreMatrix) -> Self:
        """Keep the scores."""
        self.filled_MN_ = history.filled_MN()
        return super().fit(history)

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """The items that the penalty for this budget keeps."""
        if not len(self.filled_MN_):
            return fixed_selection(rng.permutation(self.num_items_)[:budget])
        kept_k = np.flatnonzero(lasso_keeping(self.filled_MN_, budget).weight_N)
        return fixed_selection(filled_up(kept_k, budget, self.num_items_, rng))
