"""How much two variables say of each other, in nats."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_NEIGHBOURS = 3


def with_target(scores_MN: Floats, target_M: Floats) -> Floats:
    """The mutual information (N,) of each column of 0 and 1 with a continuous target.

    Source: Ross 2014, PLoS ONE 9:e87357 (nearest neighbours within and across the two groups).
    """
    from scipy.special import digamma

    M = len(target_M)
    # Targets that tie have no nearest neighbours; a tiny jitter orders them, by a fixed seed.
    jitter_M = np.random.default_rng(0).standard_normal(M) * 1e-10
    order_M = np.argsort(target_M + jitter_M)
    sorted_M = (target_M + jitter_M)[order_M]
    found_N = np.zeros(scores_MN.shape[1])
    for item, column_M in enumerate(scores_MN[order_M].T > 0):
        found_N[item] = _information(column_M, sorted_M, digamma)
    return np.maximum(found_N, 0)


def between_binary(scores_MN: Floats, item: int) -> Floats:
    """The mutual information (N,) of all columns of 0 and 1 with one of them."""
    M = max(len(scores_MN), 1)
    item_M = scores_MN[:, item]
    share_N, item_share = scores_MN.sum(axis=0) / M, float(item_M.sum()) / M
    both_N = item_M @ scores_MN / M
    total_N = np.zeros(scores_MN.shape[1])
    for joint_N, independent_N in (
        (both_N, share_N * item_share),
        (share_N - both_N, share_N * (1 - item_share)),
        (item_share - both_N, (1 - share_N) * item_share),
        (1 - share_N - item_share + both_N, (1 - share_N) * (1 - item_share)),
    ):
        there_N = joint_N > 1e-12
        ratio_N = np.where(there_N, joint_N, 1) / np.where(there_N, independent_N, 1)
        total_N += np.where(there_N, joint_N, 0) * np.log(ratio_N)
    return np.maximum(total_N, 0)


def between_normal(correlation_N: Floats) -> Floats:
    """Mutual information of normal variables with these correlations."""
    return np.asarray(-0.5 * np.log1p(-(np.clip(correlation_N, -0.999, 0.999) ** 2)))


def _information(column_M: NDArray[np.bool_], sorted_M: Floats, digamma: np.ufunc) -> float:
    radius, neighbours, group = [], [], []
    values = []
    for members_M in (column_M, ~column_M):
        value_m = sorted_M[members_M]
        count = len(value_m)
        if count < 2:
            continue
        k = min(_NEIGHBOURS, count - 1)
        values.append(value_m)
        radius.append(_neighbour_distance(value_m, k))
        neighbours.append(np.full(count, k))
        group.append(np.full(count, count))
    if not values:
        return 0.0
    # The neighbour that sets the radius does not count, whatever rounding makes of a sum.
    value_P, radius_P = np.concatenate(values), np.concatenate(radius)
    radius_P = radius_P - np.minimum(1e-3 * radius_P, 1e-14)
    near_P = np.searchsorted(sorted_M, value_P + radius_P, side="right")
    near_P -= np.searchsorted(sorted_M, value_P - radius_P, side="left")
    return float(
        digamma(len(value_P))
        + digamma(np.concatenate(neighbours)).mean()
        - digamma(np.concatenate(group)).mean()
        - digamma(near_P).mean()
    )


def _neighbour_distance(value_m: Floats, k: int) -> Floats:
    """Each sorted value's distance to its k-th nearest."""
    distance_m = np.full(len(value_m), np.inf)
    first_w, last_w = value_m[:-k], value_m[k:]
    # The k nearest stand in one of the windows of k + 1 that hold the value.
    for offset in range(k + 1):
        window_w = slice(offset, offset + len(first_w))
        reach_w = np.maximum(value_m[window_w] - first_w, last_w - value_m[window_w])
        distance_m[window_w] = np.minimum(distance_m[window_w], reach_w)
    return distance_m
