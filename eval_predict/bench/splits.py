"""Which models are history and which are targets."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix

MIN_HISTORY = 4
_DUPLICATE_DISTANCE = 0.5  # one minus the correlation of errors


class Split(NamedTuple):
    """Positions of the models on either side; no model is on both."""

    history_H: NDArray[np.intp]
    targets_T: NDArray[np.intp]


def interpolation(matrix: ScoreMatrix, repeat: int, seed: int) -> Split | None:
    """A random quarter of the models are targets (arXiv:2506.07673, section 4)."""
    rng = np.random.default_rng([seed, repeat, 1])
    order = rng.permutation(len(matrix.models))
    return _split(order, max(1, round(0.25 * len(order))))


def extrapolation(matrix: ScoreMatrix, repeat: int, seed: int) -> Split | None:
    """History is the lower half by accuracy, targets are the top 30% (arXiv:2506.07673, 4)."""
    order = _from_best(matrix)
    targets, history = round(0.3 * len(order)), len(order) // 2
    return _sides(order[len(order) - history :], order[:targets])


def frontier(matrix: ScoreMatrix, repeat: int, seed: int) -> Split | None:
    """History is all but the best tenth."""
    order = _from_best(matrix)
    return _split(order, max(1, round(0.1 * len(order))))


def group(matrix: ScoreMatrix, repeat: int, seed: int) -> Split | None:
    """One provider is held out, or one cluster of near-duplicates where names show no provider.

    The groups come in a random order, one a repeat; those of one model, or of more than half of
    all, are never held out.
    """
    label_M = _providers(matrix)
    if label_M is None:
        label_M = _clusters(matrix)
    labels, counts = np.unique(label_M, return_counts=True)
    fit = labels[(counts >= 2) & (counts <= len(label_M) // 2)]
    if not len(fit):
        return None
    order = np.random.default_rng([seed, 4]).permutation(fit)
    held_out = label_M == order[repeat % len(order)]
    return _sides(np.flatnonzero(~held_out), np.flatnonzero(held_out))


def mirrored(matrix: ScoreMatrix, repeat: int, seed: int) -> Split | None:
    """Extrapolation downwards: history is the upper half by accuracy, targets the lowest 30%."""
    order = _from_best(matrix)[::-1]
    targets, history = round(0.3 * len(order)), len(order) // 2
    return _sides(order[len(order) - history :], order[:targets])


def frontier_down(matrix: ScoreMatrix, repeat: int, seed: int) -> Split | None:
    """History is all but the worst tenth."""
    order = _from_best(matrix)[::-1]
    return _split(order, max(1, round(0.1 * len(order))))


def few(matrix: ScoreMatrix, repeat: int, seed: int, models: int) -> Split | None:
    """History is so many random models; all others are targets."""
    if len(matrix.models) <= models:
        return None
    order = np.random.default_rng([seed, repeat, 5, models]).permutation(len(matrix.models))
    return _split(order, len(order) - models)


SplitRule = Callable[[ScoreMatrix, int, int], Split | None]


def _from_best(matrix: ScoreMatrix) -> NDArray[np.intp]:
    # Names break ties, so that the order of the rows does not.
    names = np.array(matrix.models)
    return np.asarray(np.lexsort((names, -matrix.mean_M)), np.intp)


def _split(order: NDArray[np.intp], targets: int) -> Split | None:
    return _sides(order[targets:], order[:targets])


def _sides(history: NDArray[np.intp], targets: NDArray[np.intp]) -> Split | None:
    if len(history) < MIN_HISTORY or not len(targets):
        return None
    return Split(np.sort(history), np.sort(targets))


def _providers(matrix: ScoreMatrix) -> NDArray[np.intp] | None:
    """The part before the slash, where every name has one."""
    parts = [name.partition("/") for name in matrix.models]
    if not all(slash for _, slash, _ in parts) or len({head for head, _, _ in parts}) < 3:
        return None
    return np.asarray(np.unique([head for head, _, _ in parts], return_inverse=True)[1], np.intp)


def _clusters(matrix: ScoreMatrix) -> NDArray[np.intp]:
    """Near-duplicates: models whose errors correlate by more than a half, by average linkage.

    The correlation is that of scores less what item and model explain, so that models of one
    accuracy are not taken for relatives.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(matrix.models) < 2:
        return np.zeros(len(matrix.models), np.intp)
    scores = matrix.filled_MN()
    residual = scores - scores.mean(axis=0) - scores.mean(axis=1, keepdims=True) + scores.mean()
    norm = np.linalg.norm(residual, axis=1, keepdims=True)
    unit = residual / np.where(norm > 0, norm, 1)
    distance = np.clip(1 - unit @ unit.T, 0, 2)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), method="average")
    return np.asarray(fcluster(tree, _DUPLICATE_DISTANCE, criterion="distance"), np.intp)
