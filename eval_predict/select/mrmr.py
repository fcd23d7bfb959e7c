"""Items of most information on the whole score and least on each other (mRMR)."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Selection
from eval_predict.select.design import Design
from eval_predict.select.fixed import fixed_selection
from eval_predict.stats.correlation import unit_columns
from eval_predict.stats.mutual_information import between_binary, between_normal, with_target

_MIN_MODELS = 5  # nearest neighbours of fewer say nothing


class MRMRDesign(Design):
    """Greedy: each next item has the largest relevance less mean redundancy.

    Relevance is an item's mutual information with the models' mean scores (the nearest-neighbour
    estimate of Ross 2014), redundancy its mutual information with the items chosen before. Of
    scores that are not 0 or 1 the redundancy is that of normal variables with their correlation,
    where the paper's code estimates it by nearest neighbours.

    Source: arXiv:2605.25773 (scheme MID), after Peng, Long & Ding 2005, IEEE Trans. Pattern Anal.
    Mach. Intell. 27:1226-1238.
    """

    def fit(self, history: ScoreMatrix) -> Self:
        """Estimate each item's relevance."""
        super().fit(history)
        usable_M = ~history.missing_MN.all(axis=1)
        self.scores_MN_ = history.take_models(usable_M).filled_MN()
        self.binary_ = bool(np.isin(self.scores_MN_, (0.0, 1.0)).all())
        self.relevance_N_ = _relevance(self.scores_MN_, self.binary_)
        return self

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """Choose `budget` items; of equal ones the generator picks."""
        N = self.num_items_
        tie_N = 1e-9 * rng.random(N)
        redundancy_N, open_N = np.zeros(N), np.ones(N, bool)
        items: list[int] = []
        unit_MN = None if self.binary_ else unit_columns(self.scores_MN_)
        while len(items) < budget:
            score_N = self.relevance_N_ - redundancy_N / max(len(items), 1) + tie_N
            item = int(np.where(open_N, score_N, -np.inf).argmax())
            items.append(item)
            open_N[item] = False
            if unit_MN is None:
                redundancy_N += between_binary(self.scores_MN_, item)
            else:
                redundancy_N += between_normal(np.asarray(unit_MN[:, item] @ unit_MN, np.float64))
        return fixed_selection(np.array(items, np.intp))


def _relevance(scores_MN: NDArray[np.float64], binary: bool) -> NDArray[np.float64]:
    """Each item's mutual information (N,) with the mean score, 0 where models are too few."""
    if len(scores_MN) < _MIN_MODELS:
        return np.zeros(scores_MN.shape[1])
    mean_M = scores_MN.mean(axis=1)
    if binary:
        return with_target(scores_MN, mean_M)
    from sklearn.feature_selection import mutual_info_regression

    return np.asarray(mutual_info_regression(scores_MN, mean_M, random_state=0), np.float64)
