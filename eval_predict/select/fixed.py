"""The selection of a design that chooses its items and draws none."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Selection


def fixed_selection(items_n: NDArray[np.intp]) -> Selection:
    """A selection of these items for every target, without inclusion probabilities."""
    items_1n = np.asarray(items_n, np.intp)[None, :]
    return Selection(items_1n, np.full(items_1n.shape, np.nan))


def filled_up(
    items_k: NDArray[np.intp], budget: int, num_items: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """The first `budget` of these items, with random others where there are fewer."""
    others = np.setdiff1d(np.arange(num_items), items_k)
    missing = max(0, budget - len(items_k))
    drawn = rng.choice(others, size=missing, replace=False)
    return np.asarray(np.concatenate([items_k[:budget], drawn]), np.intp)
