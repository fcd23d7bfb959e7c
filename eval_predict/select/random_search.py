"""Random search: of many random item sets, the one whose ridge predicts held-out models best."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Selection
from eval_predict.select.design import Design
from eval_predict.select.fixed import fixed_selection
from eval_predict.stats.ridge import ridge_by_loo

_FLOATS = 1 << 21  # numbers in a batch of feature sets: 16 MiB
_MIN_MODELS = 4


class RandomSearchDesign(Design):
    """Tries random item sets on a split of the history: three quarters train, the rest judge.

    Source: arXiv:2506.07673, section 3 ("random search and learn"), with its 10,000 tries.
    """

    def __init__(self, tries: int = 10_000) -> None:
        """Say how many sets to try."""
        self.tries = tries

    def fit(self, history: ScoreMatrix) -> Self:
        """Keep the scores."""
        self.filled_MN_ = history.filled_MN()
        return super().fit(history)

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        """The set with the least mean absolute error on the held-out models."""
        M, N = self.filled_MN_.shape
        if M < _MIN_MODELS or budget == N:
            return fixed_selection(rng.permutation(N)[:budget])
        order_M = rng.permutation(M)
        train, judge = order_M[: int(0.75 * M)], order_M[int(0.75 * M) :]
        step = max(1, min(self.tries, _FLOATS // max(N, M * budget)))
        best_n, best_gap = np.arange(budget), np.inf
        for start in range(0, self.tries, step):
            size = min(step, self.tries - start)
            items_Bn = rng.random((size, N), np.float32).argpartition(budget, axis=1)[:, :budget]
            gap_B = _gaps(self.filled_MN_, items_Bn, train, judge)
            if gap_B.min() < best_gap:
                best_n, best_gap = items_Bn[gap_B.argmin()], gap_B.min()
        return fixed_selection(best_n)


def _gaps(
    scores_MN: NDArray[np.float64],
    items_Bn: NDArray[np.intp],
    train_m: NDArray[np.intp],
    judge_m: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Mean absolute error (B,) on the held-out models, for each of B item sets."""
    mean_M = scores_MN.mean(axis=1)
    features_BMn = scores_MN[:, items_Bn].transpose(1, 0, 2)
    ridge = ridge_by_loo(features_BMn[:, train_m], mean_M[train_m])
    predicted_Bm = np.einsum("bmn,bn->bm", features_BMn[:, judge_m], ridge.weight_Bn)
    gap_Bm = predicted_Bm + ridge.intercept_B[:, None] - mean_M[judge_m]
    return np.asarray(np.abs(gap_Bm).mean(axis=1))
