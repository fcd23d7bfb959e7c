"""Drawing items with given probabilities, spread evenly over an order: designs are made of this."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def inclusion_probability(size_TN: Floats, count: int) -> Floats:
    """Probabilities (T, N) in proportion to sizes ≥ 0, at most 1, each row with sum `count`.

    At least `count` sizes of a row must be positive. What exceeds 1 goes to the others, in
    proportion again.
    """
    probability_TN = np.zeros_like(size_TN)
    sure_TN = np.zeros(size_TN.shape, dtype=bool)
    for _ in range(size_TN.shape[1]):
        open_TN = np.where(sure_TN, 0.0, size_TN)
        left_T = count - sure_TN.sum(axis=1, keepdims=True)
        total_T = np.maximum(open_TN.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        probability_TN = np.where(sure_TN, 1.0, open_TN * (left_T / total_T))
        over_TN = probability_TN > 1
        if not over_TN.any():
            break
        sure_TN |= over_TN
    return np.minimum(probability_TN, 1.0)


def systematic_draw(
    probability_TN: Floats, order_TN: NDArray[np.intp], count: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """`count` items (T, count) a row, each with its probability, at even steps along an order.

    Neighbours in the order are rarely drawn together, so the sample is spread over whatever the
    order sorts by. Source: Madow 1949, Ann. Math. Stat. 20:333-354.

    Args:
        probability_TN: in [0, 1], each row with sum `count`.
        order_TN: (T, N) or (N,) positions of the items in the order to walk them.
        count: items to draw.
        rng: one number of it is used for each row.
    """
    order_TN = np.broadcast_to(order_TN, probability_TN.shape)
    reached_TN = np.cumsum(np.take_along_axis(probability_TN, order_TN, axis=1), axis=1)
    # Sums of floats miss `count` by a rounding error, which could cost the last draw.
    reached_TN *= count / reached_TN[:, -1:]
    step_Tn = rng.random((len(probability_TN), 1)) + np.arange(count)
    drawn_Tn = np.stack(
        [
            np.searchsorted(reached_N, step_n, side="right")
            for reached_N, step_n in zip(reached_TN, step_Tn, strict=True)
        ]
    )
    return np.take_along_axis(order_TN, np.minimum(drawn_Tn, order_TN.shape[1] - 1), axis=1)


def serpentine_order(band_by_N: Floats, within_N: Floats, bands: int) -> NDArray[np.intp]:
    """Items sorted into bands by one value and inside each by another, up and down in turn."""
    parts = np.array_split(np.argsort(band_by_N, kind="stable"), max(1, bands))
    turns = [
        part[np.argsort(within_N[part] if number % 2 else -within_N[part], kind="stable")]
        for number, part in enumerate(parts)
    ]
    return np.concatenate(turns).astype(np.intp)
