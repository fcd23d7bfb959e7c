"""Ranks of models with intervals that hold for all of them at once."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.errors import UserError
from eval_predict.stats.intervals import t_quantile

Floats = NDArray[np.float64]

_REPLICATES = 2000
_LIMIT = 4_000_000  # pairs of models times replicates held at a time


_FAR = 1e3  # standard errors, in spans of the scores, of a prediction without an interval


class Predicted(NamedTuple):
    """A model whose mean is a prediction.

    Attributes:
        mean: predicted, over the same N items.
        variance: of the prediction's error, infinite where it is not known.
        scores_N: scores that the items may have had, for how it varies with the others.
    """

    mean: float
    variance: float
    scores_N: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """M models ordered by their means, and how certain the order is.

    Attributes:
        order_M: positions of the models, the best first.
        mean_M: their means, in the models' own order.
        best_M: the best rank that the data allow, 1 for the first.
        worst_M: the worst one.
        groups: models that do not differ, as positions: each group is a longest run of the order
            whose first and last do not differ. A model may be in several.
        quantile: standard errors beyond which a difference counts, over all pairs at once.
    """

    order_M: NDArray[np.intp]
    mean_M: Floats
    best_M: NDArray[np.intp]
    worst_M: NDArray[np.intp]
    groups: tuple[tuple[int, ...], ...]
    quantile: float


def simultaneous_ranks(
    scores_MN: Floats,
    level: float,
    rng: np.random.Generator,
    predicted: Predicted | None = None,
) -> Ranks:
    """Rank M models on the same N items, their items being drawn from many.

    Two models differ where their difference exceeds `quantile` standard errors. The quantile is
    that of the largest of all pairs' studentised differences in a bootstrap over items, so that
    with probability `level` no pair is ordered wrongly; a model's rank lies between one more
    than the models that are surely better, and M less those that are surely worse.

    A pair's standard error counts two more items, on which one of the models wins each (half an
    item's win in each direction and half a tie of either kind), so that models that never differed
    on a few items are not sure to be alike.

    Args:
        scores_MN: finite scores.
        level: probability that all intervals hold.
        rng: of the bootstrap.
        predicted: one more model, which comes last. The error of its prediction counts in each
            of its differences, and all ranks hold at once with its own.

    Raises:
        UserError: (a ValueError) on fewer than two models or items, and scores that are missing.

    Source: Mogstad, Romano, Shaikh & Wilhelm 2024, Rev. Econ. Stud. 91:476-518 (ranks from
    simultaneous intervals of differences); Agresti & Min 2005, Stat. Med. 24:729-740 (two more
    items); Chernozhukov, Chetverikov & Kato 2013, Ann. Stat. 41:2786-2819 (multipliers).
    """
    M, N = scores_MN.shape
    if M < 2 or N < 2:
        raise UserError(
            field="scores", got=f"{M} models × {N} items", expected="at least two of each"
        )
    if not np.isfinite(scores_MN).all():
        raise UserError(field="scores", got="missing scores", expected="all models on all items")
    error_M = np.zeros(M)  # of each mean over the N items
    mean_M = scores_MN.mean(axis=1)
    if predicted is not None:
        scores_MN = np.vstack([scores_MN, predicted.scores_N])
        mean_M, M = np.append(mean_M, predicted.mean), M + 1
        most = _FAR * (float(np.ptp(scores_MN)) or 1.0)
        error_M = np.append(error_M, min(np.sqrt(predicted.variance), most))
    error_MM = np.hypot(_standard_errors(scores_MN), np.hypot(error_M[:, None], error_M[None, :]))
    # Where models never differ the bootstrap sees no spread, and few items are no large sample.
    quantile = max(_largest(scores_MN, error_M, error_MM, level, rng), t_quantile(level, N - 1))
    gap_MM = (mean_M[:, None] - mean_M[None, :]) * N / (N + 2)
    above_MM = gap_MM > quantile * error_MM
    order_M = np.argsort(-mean_M, kind="stable")
    best_M = 1 + above_MM.sum(axis=0)
    worst_M = M - above_MM.sum(axis=1)
    return Ranks(order_M, mean_M, best_M, worst_M, _groups(order_M, above_MM), quantile)


def _standard_errors(scores_MN: Floats) -> Floats:
    """Standard errors of each pair's mean difference, with two items added (Agresti and Min)."""
    N = scores_MN.shape[1]
    span = float(np.ptp(scores_MN)) or 1.0
    product_MM = scores_MN @ scores_MN.T
    squares_M = np.diag(product_MM)
    square_MM = squares_M[:, None] + squares_M[None, :] - 2 * product_MM
    total_M = scores_MN.sum(axis=1)
    mean_MM = (total_M[:, None] - total_M[None, :]) / (N + 2)
    variance_MM = (np.maximum(square_MM, 0) + span**2) / (N + 2) - mean_MM**2
    return np.asarray(np.sqrt(np.maximum(variance_MM, 0) / (N + 2)))


def _largest(
    scores_MN: Floats, error_M: Floats, error_MM: Floats, level: float, rng: np.random.Generator
) -> float:
    """The quantile of the largest studentised difference, by a multiplier bootstrap."""
    M, N = scores_MN.shape
    centred_MN = scores_MN - scores_MN.mean(axis=1, keepdims=True)
    step = max(1, _LIMIT // (M * M))
    largest = []
    for start in range(0, _REPLICATES, step):
        count = min(step, _REPLICATES - start)
        shift_BM = rng.standard_normal((count, N)) @ centred_MN.T / N
        if error_M.any():
            shift_BM += rng.standard_normal((count, M)) * error_M
        gap_BMM = np.abs(shift_BM[:, :, None] - shift_BM[:, None, :]) / error_MM
        largest.append(gap_BMM.reshape(count, -1).max(axis=1))
    return float(np.quantile(np.concatenate(largest), level))


def _groups(order_M: NDArray[np.intp], above_MM: NDArray[np.bool_]) -> tuple[tuple[int, ...], ...]:
    """Longest runs of the order in which no model is surely above another."""
    groups: list[tuple[int, ...]] = []
    end = 0
    for start in range(len(order_M)):
        reach = start
        while (
            reach + 1 < len(order_M)
            and not above_MM[
                np.ix_(order_M[start : reach + 1], order_M[reach + 1 : reach + 2])
            ].any()
        ):
            reach += 1
        if reach + 1 > end:
            groups.append(tuple(int(model) for model in order_M[start : reach + 1]))
            end = reach + 1
    return tuple(groups)
