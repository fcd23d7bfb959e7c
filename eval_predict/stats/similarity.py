"""Which models and which items behave alike: in blocks of items, so that nothing grows as N²."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix

Scores = NDArray[np.uint8] | NDArray[np.float32]
_FLOATS = 1 << 22  # numbers in a working array: 16 MiB in float32
_DIGITS = 5  # similarities are rounded, or ties would fall with the order of the rows


class Neighbours(NamedTuple):
    """Predictions for each item from the most similar observed items, for T targets.

    Attributes:
        value_TN: mean value of the most similar observed items, weighted by similarity.
        mass_TN: the sum of those similarities, 0 where there is no similar item.
        similarity_TN: the highest similarity to an observed item, 0 where none is above 0.
    """

    value_TN: NDArray[np.float32]
    mass_TN: NDArray[np.float32]
    similarity_TN: NDArray[np.float32]


def compact(history: ScoreMatrix) -> Scores:
    """Scores (M, N) scaled to [0, 1] by the history's range: uint8 if binary and complete.

    Otherwise float32, with what is missing filled as in `ScoreMatrix.filled_MN`.
    """
    if history.is_binary and not history.missing_MN.any():
        return np.asarray(history.stored_MN, np.uint8)
    filled = history.filled_MN(np.float32)
    low, high = history.range
    return np.asarray((filled - low) / (high - low if high > low else 1), np.float32)


def blocks(scores_MN: Scores, rows: int = 0) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """The items in blocks of float32, small enough for `rows` numbers an item beside them."""
    models, items = scores_MN.shape
    step = max(64, _FLOATS // max(models, rows, 1))
    for start in range(0, items, step):
        part = slice(start, min(start + step, items))
        yield part, scores_MN[:, part].astype(np.float32)


def model_similarity(
    scores_MN: Scores, items_Tn: NDArray[np.intp], scores_Tn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Agreement (T, M) of targets with the history's models: 1 less the mean squared difference.

    For 0/1 scores it is the share of observed items on which the two agree.
    """
    T, n = items_Tn.shape
    difference_TM = np.zeros((T, len(scores_MN)))
    step = max(1, _FLOATS // len(scores_MN))
    for t in range(T):
        for start in range(0, n, step):
            part = slice(start, start + step)
            gap_Mn = scores_MN[:, items_Tn[t, part]] - scores_Tn[t, part].astype(np.float32)
            difference_TM[t] += np.square(gap_Mn).sum(axis=1, dtype=np.float64)
    return np.asarray((1 - difference_TM / max(n, 1)).round(_DIGITS))


def left_out_means(
    scores_MN: Scores, items_n: NDArray[np.intp], scores_n: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Mean (n,) of each observed item over the `count` models that agree most on the others."""
    n, M = len(items_n), len(scores_MN)
    total_M = n * (1 - model_similarity(scores_MN, items_n[None], scores_n[None])[0])
    means_n = np.empty(n)
    step = max(1, _FLOATS // M)
    for start in range(0, n, step):
        part = slice(start, start + step)
        seen_bM = scores_MN[:, items_n[part]].T.astype(np.float32)
        others_bM = total_M - np.square(seen_bM - scores_n[part, None])
        weight_bM = similar_weights((1 - others_bM / max(n - 1, 1)).round(_DIGITS), count)
        means_n[part] = (weight_bM * seen_bM).sum(axis=1)
    return means_n


def similar_weights(similarity_TM: NDArray[np.float64], count: int) -> NDArray[np.float32]:
    """Even weights (T, M), of sum 1, on the `count` most similar models.

    Models tied for the last places share them, so that the order of the rows decides nothing.
    """
    M = similarity_TM.shape[1]
    count = min(max(count, 1), M)
    last_T = np.partition(similarity_TM, M - count, axis=1)[:, M - count, None]
    above, tied = similarity_TM > last_T, similarity_TM == last_T
    places_T = count - above.sum(axis=1, keepdims=True)
    weight = above + tied * (places_T / tied.sum(axis=1, keepdims=True))
    return np.asarray(weight / count, np.float32)


def weighted_moments(
    scores_MN: Scores, weight_TM: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and variance (T, N) of each item's scores over weighted models."""
    shape = (len(weight_TM), scores_MN.shape[1])
    mean_TN, square_TN = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for part, block_MB in blocks(scores_MN):
        mean_TN[:, part] = weight_TM @ block_MB
        square_TN[:, part] = weight_TM @ np.square(block_MB)
    return mean_TN, np.maximum(square_TN - mean_TN**2, 0)


def item_neighbours(
    scores_MN: Scores,
    items_Tn: NDArray[np.intp],
    value_Tn: NDArray[np.float64],
    count: int,
    centred: bool = False,
) -> Neighbours:
    """Predictions for each item from the `count` observed items most like it, itself excluded.

    Ties for the last place all count. Working memory is bounded whatever N and n are; only the
    three (T, N) results are kept.

    Args:
        scores_MN: the history in [0, 1].
        items_Tn: the items observed of each target.
        value_Tn: what is to be averaged over them.
        count: how many neighbours speak.
        centred: similarity is the correlation of what is left of the history's scores after the
            means of item and model, instead of 1 less the mean squared difference.
    """
    T, n = items_Tn.shape
    lead_M = scores_MN.mean(axis=1, dtype=np.float64).astype(np.float32)
    features = [
        _features(scores_MN[:, items].astype(np.float32), lead_M, centred) for items in items_Tn
    ]
    shape = (T, scores_MN.shape[1])
    result = Neighbours(*(np.zeros(shape, np.float32) for _ in range(3)))
    for part, block_MB in blocks(scores_MN, rows=n):
        block = _features(block_MB, lead_M, centred)
        for t in range(T):
            similar_Bn = _similarity(block, features[t], centred)
            in_part = np.flatnonzero((items_Tn[t] >= part.start) & (items_Tn[t] < part.stop))
            similar_Bn[items_Tn[t, in_part] - part.start, in_part] = 0
            best_B = similar_Bn.max(axis=1)
            if n > count:
                last_B = np.partition(similar_Bn, n - count, axis=1)[:, n - count]
                similar_Bn[similar_Bn < last_B[:, None]] = 0
            mass_B = similar_Bn.sum(axis=1)
            total_B = similar_Bn @ value_Tn[t].astype(np.float32)
            result.value_TN[t, part] = total_B / np.where(mass_B > 0, mass_B, 1)
            result.mass_TN[t, part] = mass_B
            result.similarity_TN[t, part] = best_B
    return result


def _features(
    block_MB: NDArray[np.float32], lead_M: NDArray[np.float32], centred: bool
) -> NDArray[np.float32]:
    if not centred:
        return block_MB
    left = block_MB - block_MB.mean(axis=0) - (lead_M - lead_M.mean())[:, None]
    norm = np.linalg.norm(left, axis=0)
    return np.asarray(left / np.where(norm > 1e-6, norm, np.inf), np.float32)


def _similarity(
    block_MB: NDArray[np.float32], observed_Mn: NDArray[np.float32], centred: bool
) -> NDArray[np.float32]:
    product_Bn = block_MB.T @ observed_Mn
    if not centred:
        squares_B, squares_n = (np.square(side).sum(axis=0) for side in (block_MB, observed_Mn))
        product_Bn = 1 - (squares_B[:, None] + squares_n - 2 * product_Bn) / len(block_MB)
    return np.asarray(np.maximum(product_Bn.round(_DIGITS), 0), np.float32)
