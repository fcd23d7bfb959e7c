"""k-medoids over items by the correlation of their scores, without a matrix of all pairs."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.stats.correlation import unit_columns

_BLOCK = 256
_MAX_PASSES = 4
_MAX_ROUNDS = 8
_MAX_DISTANCES = 1 << 25  # what the swaps of one search may look at


def medoids(
    scores_MN: NDArray[np.float64], count: int, rng: np.random.Generator, absolute: bool = False
) -> NDArray[np.intp]:
    """Positions (k,) of the items whose summed similarity to the items nearest to them is highest.

    From a random start, clusters take the member nearest to all others for their medoid, a few
    times. Then swaps as in FasterPAM: candidates pass in blocks, and in each block the best swaps
    are made until none helps, over a bounded number of passes.

    Args:
        scores_MN: complete scores of M models on N items.
        count: how many medoids, 1 ≤ count ≤ N.
        rng: draws the start and the order of candidates.
        absolute: whether opposite scores are as similar as equal ones.

    Source: arXiv:2008.05171, for the swaps; arXiv:2309.08638, for anchor points.
    """
    N = scores_MN.shape[1]
    if count >= N:
        return rng.permutation(N)
    unit_MN = unit_columns(scores_MN)
    start_k = _settle(unit_MN, rng.permutation(N)[:count].astype(np.intp), absolute)
    search = _Search(unit_MN, start_k, absolute)
    for _ in range(_MAX_PASSES):
        order_N = rng.permutation(N)
        swaps = 0
        for start in range(0, N, _BLOCK):
            swaps += search.improve(order_N[start : start + _BLOCK])
        if not swaps:
            break
    return search.medoids_k


def _settle(
    unit_MN: NDArray[np.float32], medoids_k: NDArray[np.intp], absolute: bool
) -> NDArray[np.intp]:
    """Clusters and their medoids in turn: cheap, as the sum over a cluster is one product."""
    N, k = unit_MN.shape[1], len(medoids_k)
    for _ in range(_MAX_ROUNDS):
        alike_kN = unit_MN[:, medoids_k].T @ unit_MN
        nearest_N = (np.abs(alike_kN) if absolute else alike_kN).argmax(axis=0)
        nearest_N[medoids_k] = np.arange(k)
        sign_N = np.sign(alike_kN[nearest_N, np.arange(N)]) if absolute else np.ones(N)
        member_Nk = np.zeros((N, k), np.float32)
        member_Nk[np.arange(N), nearest_N] = sign_N
        centre_Mk = unit_MN @ member_Nk
        fit_N = sign_N * np.einsum("mn,mn->n", unit_MN, centre_Mk[:, nearest_N])
        order_N = np.lexsort((fit_N, nearest_N))
        last_k = np.flatnonzero(np.diff(nearest_N[order_N], append=k))
        settled_k = order_N[last_k]
        if (settled_k == medoids_k).all():
            break
        medoids_k = settled_k
    return medoids_k


class _Search:
    """The medoids so far, and how near each item is to its nearest and second nearest."""

    def __init__(
        self, unit_MN: NDArray[np.float32], medoids_k: NDArray[np.intp], absolute: bool
    ) -> None:
        self.medoids_k = medoids_k.astype(np.intp)
        self._unit_MN = unit_MN
        self._absolute = absolute
        self._distance_kN = self._distances(self.medoids_k)
        self._left = _MAX_DISTANCES
        self._rank()

    def improve(self, block_B: NDArray[np.intp]) -> int:
        """Swap medoids for candidates of this block while that helps; how often it did."""
        if self._left <= 0:
            return 0
        distance_BN = self._distances(block_B)
        swaps = 0
        while self._left > 0:
            self._left -= distance_BN.size * (1 + len(self.medoids_k) // 64)
            change_Bk = self._changes(distance_BN)
            candidate, slot = np.unravel_index(change_Bk.argmin(), change_Bk.shape)
            if change_Bk[candidate, slot] > -1e-4:
                break
            self.medoids_k[slot] = block_B[candidate]
            self._distance_kN[slot] = distance_BN[candidate]
            self._rank()
            swaps += 1
        return swaps

    def _changes(self, distance_BN: NDArray[np.float32]) -> NDArray[np.float32]:
        """Change of the summed distance if candidate b takes the place of medoid k."""
        at_best_BN = np.minimum(distance_BN, self._near_N)
        gain_B = (at_best_BN - self._near_N).sum(axis=1)
        lost_BN = np.minimum(distance_BN, self._second_N) - at_best_BN
        return np.asarray(gain_B[:, None] + lost_BN @ self._member_Nk)

    def _rank(self) -> None:
        k, N = self._distance_kN.shape
        nearest_N = self._distance_kN.argmin(axis=0)
        self._near_N = self._distance_kN[nearest_N, np.arange(N)]
        self._member_Nk = np.zeros((N, k), np.float32)
        self._member_Nk[np.arange(N), nearest_N] = 1
        others_kN = self._distance_kN.copy()
        others_kN[nearest_N, np.arange(N)] = np.inf
        # A lone medoid has no second: without it, every item would be as far as can be.
        self._second_N = others_kN.min(axis=0) if k > 1 else np.full(N, 2, np.float32)

    def _distances(self, items_B: NDArray[np.intp]) -> NDArray[np.float32]:
        alike_BN = self._unit_MN[:, items_B].T @ self._unit_MN
        return np.asarray(1 - (np.abs(alike_BN) if self._absolute else alike_BN), np.float32)
