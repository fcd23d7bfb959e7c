"""Splits one benchmark into a source and a target that differ in a known way, or not at all."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.prompts import Prompts
from eval_predict.stats.logistic import logistic

_SLOPE = 1.5  # of the log odds of inclusion, per unit of rank on [−2, 2]
_CLUSTERS = 8
_TARGET_SHARE = 0.3


def by_length(prompts: Prompts, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which items are the target's: each with a logistic function of its prompt's length rank."""
    length_N = np.array([len(text) for text in prompts.texts])
    # Ties are broken by chance, or they would fall in the file's order.
    order_N = np.lexsort((rng.random(length_N.size), length_N))
    rank_N = np.empty(length_N.size)
    rank_N[order_N] = np.linspace(-2, 2, length_N.size)
    target: NDArray[np.bool_] = rng.random(length_N.size) < logistic(_SLOPE * rank_N)
    return target


def by_cluster(prompts: Prompts, rng: np.random.Generator) -> NDArray[np.bool_]:
    """The target is whole clusters of like prompts, drawn until they hold 30% of the items."""
    from sklearn.cluster import KMeans

    points = prompts.covariates_NC if prompts.embeddings_Nd is None else prompts.embeddings_Nd
    means = KMeans(_CLUSTERS, n_init=3, random_state=int(rng.integers(1 << 31)))
    cluster_N = means.fit_predict(np.asarray(points, np.float64))
    target = np.zeros(len(points), bool)
    for cluster in rng.permutation(_CLUSTERS):
        if target.mean() >= _TARGET_SHARE:
            break
        target |= cluster_N == cluster
    return target


def random_fifth(prompts: Prompts, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A random fifth: no shift, so that all that is left is noise."""
    target = np.zeros(len(prompts.texts), bool)
    target[rng.permutation(target.size)[: max(2, round(target.size / 5))]] = True
    return target


SHIFTS: dict[str, Callable[[Prompts, np.random.Generator], NDArray[np.bool_]]] = {
    "length": by_length,
    "cluster": by_cluster,
    "none": random_fifth,
}
