"""IRT anchors: items that represent clusters of items with similar parameters."""

import warnings
from typing import Self

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Selection
from eval_predict.irt.factor_model import published_model
from eval_predict.select.design import Design
from eval_predict.select.fixed import filled_up, fixed_selection


class IRTAnchorsDesign(Design):
    """The items nearest to the centres of k-means over the items' response parameters.

    Where one item is the nearest to two centres, random items fill the budget.

    Source: arXiv:2402.14992, section 3 (anchors by IRT parameters), as used by arXiv:2506.07673,
    section 3.
    """

    def fit(self, history: ScoreMatrix) -> Self:
        """Fit the item response model; scores outside [0, 1] are scaled into it."""
        scores_MN = history.filled_MN()
        low, high = history.range
        unit_MN = scores_MN if low >= 0 and high <= 1 else (scores_MN - low) / (high - low)
        self.traits_Nd_ = published_model(unit_MN).traits_Nd if len(unit_MN) > 1 else None
        return super().fit(history)

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """Cluster the items anew for this budget."""
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        traits_Nd, N = self.traits_Nd_, self.num_items_
        if traits_Nd is None or budget == N:
            return fixed_selection(rng.permutation(N)[:budget])
        means = KMeans(budget, n_init=1, random_state=int(rng.integers(1 << 31)))
        with warnings.catch_warnings():
            # Fewer distinct items than the budget: what is missing is filled up below.
            warnings.simplefilter("ignore", ConvergenceWarning)
            means.fit(traits_Nd)
        centre_nd = means.cluster_centers_
        distance_nN = (traits_Nd**2).sum(axis=1) - 2 * centre_nd @ traits_Nd.T
        nearest_k = np.unique(distance_nN.argmin(axis=1))
        return fixed_selection(filled_up(nearest_k, budget, N, rng))
