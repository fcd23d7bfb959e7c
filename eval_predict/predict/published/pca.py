"""PCA: what a target was not run on is filled in from the leading components of all models."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor, without_interval


class PCAImputation(Predictor):
    """Fills the targets' missing scores and refits the components in turn until they agree.

    All targets that are predicted together are filled together, as published, so a target's value
    depends a little on the others.

    Source: arXiv:2506.07673, section 3 ("PCA"). Its code means to choose the number of components
    but always ends at two, for it hides no score from the choice.
    """

    name = "pca"

    def __init__(
        self, num_components: int = 2, max_rounds: int = 100, tolerance: float = 1e-4
    ) -> None:
        """Say how many components, and when to stop: rounds, or norm of a round's change."""
        self.num_components = num_components
        self.max_rounds = max_rounds
        self.tolerance = tolerance

    def _fit(self, history: ScoreMatrix) -> None:
        # Rounds are bound by memory, and float32 is far finer than the tolerance.
        self.filled_MN_ = history.filled_MN(np.float32)
        self.total_N_ = self.filled_MN_.sum(axis=0)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        T, N = observed.shape[0], self.num_items_
        rows_T1 = np.arange(T)[:, None]
        missing_TN = np.ones((T, N), dtype=bool)
        missing_TN[rows_T1, observed.items_Tn] = False
        given_TN = np.zeros((T, N), np.float32)
        given_TN[rows_T1, observed.items_Tn] = observed.scores_Tn
        seen_N = np.float32(len(self.filled_MN_)) + (~missing_TN).sum(axis=0, dtype=np.float32)
        mean_N = (self.total_N_ + given_TN.sum(axis=0)) / seen_N
        target_TN = np.where(missing_TN, mean_N, given_TN)
        filled_TN = self._fill(target_TN, missing_TN)
        return without_interval(filled_TN.mean(axis=1, dtype=np.float64))

    def _fill(
        self, target_TN: NDArray[np.float32], missing_TN: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        whole_AN = np.vstack([self.filled_MN_, target_TN])
        filled_TN = whole_AN[len(self.filled_MN_) :]
        basis_Nk = _leading(whole_AN, self.num_components)
        for _ in range(self.max_rounds):
            mean_N = (self.total_N_ + filled_TN.sum(axis=0)) / np.float32(len(whole_AN))
            basis_Nk = _follow(whole_AN, mean_N, basis_Nk)
            offset_k = mean_N @ basis_Nk
            rebuilt_TN = mean_N + (filled_TN @ basis_Nk - offset_k) @ basis_Nk.T
            change = np.linalg.norm((rebuilt_TN - filled_TN)[missing_TN])
            if change < self.tolerance:
                break
            np.copyto(filled_TN, rebuilt_TN, where=missing_TN)
        return filled_TN


def _leading(rows_AN: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The leading components (N, k), exact, by the Gram matrix of the rows."""
    centred_AN = rows_AN - rows_AN.mean(axis=0)
    count = min(count, len(rows_AN) - 1, rows_AN.shape[1])
    _, vectors = np.linalg.eigh(centred_AN @ centred_AN.T)
    return np.asarray(np.linalg.qr(centred_AN.T @ vectors[:, -count:])[0])


def _follow(
    rows_AN: NDArray[np.float32], mean_N: NDArray[np.float32], basis_Nk: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The components after a small change of the rows: one step of subspace iteration."""
    score_Ak = rows_AN @ basis_Nk - mean_N @ basis_Nk
    stepped_Nk = rows_AN.T @ score_Ak - mean_N[:, None] * score_Ak.sum(axis=0)
    return np.asarray(np.linalg.qr(stepped_Nk)[0])
