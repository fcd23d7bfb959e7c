"""Do items belong together by how models score on them, or by what their prompts say?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import UserError


class ToyRow(NamedTuple):
    """How well one clustering of the items explains models that had no part in it.

    Attributes:
        clustering: "history", "embedding" or "random".
        unexplained: the held-out models' variance within clusters, as a share of all of it, both
            with their degrees of freedom; 1 is what random clusters leave.
        mae: mean absolute error of the score, in the scores' unit, when of each cluster only the
            item nearest its centre is run and counts for the cluster's size.
        models: how many held-out models the figures are means over.
    """

    clustering: str
    unexplained: float
    mae: float
    models: int


def toy_experiment(
    history: ScoreMatrix,
    embedding_ND: NDArray[np.floating],
    rng: np.random.Generator,
    clusters: int = 50,
    folds: int = 4,
) -> list[ToyRow]:
    """Cluster items by other models' scores, by embedding, and at random; compare on new models.

    Each model is held out once: clusters by history are made from the other folds' models alone.

    Args:
        history: M models, at least 4, on N items.
        embedding_ND: (N, D) an embedding of each item's prompt, in the order of `history.items`.
        rng: seeds the clusterings and the folds.
        clusters: how many clusters, so also how many items are run; at most N - 1.
        folds: how many times a part of the models is held out.

    Raises:
        UserError: (a ValueError) on fewer than 4 models, another number of embeddings than items,
            or a number of clusters outside [1, N - 1].

    Source: arXiv:2504.08781, section 3.3 (historical results against semantic embeddings); the
    folds, and the variance beside the error, are ours.
    """
    M, N = history.shape
    if M < 4:
        raise UserError(field="history", got=f"{M} models", expected="4 or more")
    if len(embedding_ND) != N:
        raise UserError(field="embedding_ND", got=f"{len(embedding_ND)} rows", expected=N)
    if not 1 <= clusters < N:
        raise UserError(field="clusters", got=clusters, expected=f"between 1 and {N - 1}")
    scores_MN = history.filled_MN()
    fold_M = rng.permutation(M) % min(folds, M)
    seed = int(rng.integers(2**31))
    found: dict[str, list[tuple[float, float]]] = {"history": [], "embedding": [], "random": []}
    embedded = _cluster(np.asarray(embedding_ND, np.float64), clusters, seed)
    for fold in range(min(folds, M)):
        rest_MN, held_out_MN = scores_MN[fold_M != fold], scores_MN[fold_M == fold]
        shuffled = _Clusters(rng.permutation(N) % clusters, rng.permutation(N))
        made = {
            "history": _cluster(rest_MN.T, clusters, seed),
            "embedding": embedded,
            "random": shuffled,
        }
        for name, grouped in made.items():
            found[name] += [_explain(scores_N, grouped) for scores_N in held_out_MN]
    means = {name: np.mean(rows, axis=0) for name, rows in found.items()}
    return [ToyRow(name, float(mean[0]), float(mean[1]), M) for name, mean in means.items()]


class _Clusters(NamedTuple):
    label_N: NDArray[np.intp]
    nearest_first_N: NDArray[np.intp]


def _cluster(points_ND: NDArray[np.float64], clusters: int, seed: int) -> _Clusters:
    from sklearn.cluster import KMeans

    # Fewer distinct points than clusters leave some empty, which is no fault of the caller's.
    distinct = len(np.unique(points_ND, axis=0))
    means = KMeans(min(clusters, distinct), n_init=1, random_state=seed).fit(points_ND)
    distance_N = np.linalg.norm(points_ND - means.cluster_centers_[means.labels_], axis=1)
    return _Clusters(means.labels_.astype(np.intp), np.argsort(distance_N, kind="stable"))


def _explain(scores_N: NDArray[np.float64], grouped: _Clusters) -> tuple[float, float]:
    """The share of variance that clusters leave, and the error with one item of each run."""
    labels_G, first_G, group_N, size_G = np.unique(
        grouped.label_N[grouped.nearest_first_N],
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    ordered_N = scores_N[grouped.nearest_first_N]
    mean_G = np.bincount(group_N, weights=ordered_N) / size_G
    total = float(np.var(ordered_N, ddof=1))
    within = float(((ordered_N - mean_G[group_N]) ** 2).sum()) / (len(scores_N) - len(labels_G))
    error = abs(float(size_G @ ordered_N[first_G]) / len(scores_N) - float(scores_N.mean()))
    return (within / total if total > 0 else 1.0), error
