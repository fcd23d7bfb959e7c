"""Targets that were observed on the same items share one fit: they are found here."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed


class ItemSet(NamedTuple):
    """The targets observed on one set of n items, and their scores in the order of the items."""

    rows_t: NDArray[np.intp]
    items_n: NDArray[np.intp]
    scores_tn: NDArray[np.float64]


def item_sets(observed: Observed) -> Iterator[ItemSet]:
    """Each distinct set of items once, in rising order of items whatever order they ran in."""
    order_Tn = np.argsort(observed.items_Tn, axis=1, kind="stable")
    items_Tn = np.take_along_axis(observed.items_Tn, order_Tn, axis=1)
    scores_Tn = np.take_along_axis(observed.scores_Tn, order_Tn, axis=1)
    distinct_Sn, which_T = np.unique(items_Tn, axis=0, return_inverse=True)
    for number, items_n in enumerate(distinct_Sn):
        rows_t = np.flatnonzero(which_T.ravel() == number)
        yield ItemSet(rows_t, items_n, scores_Tn[rows_t])
