"""Correlations between items, as products of columns of length one."""

import numpy as np
from numpy.typing import NDArray


def unit_columns(scores_MN: NDArray[np.float64]) -> NDArray[np.float32]:
    """Columns (M, N) whose products are the items' correlations.

    An item on which all models score alike has a column of zeros: it correlates with none, itself
    included.
    """
    centred_MN = scores_MN - scores_MN.mean(axis=0)
    norm_N = np.sqrt((centred_MN**2).sum(axis=0))
    varies_N = norm_N > 1e-9
    return np.asarray(centred_MN * varies_N / np.where(varies_N, norm_N, 1), np.float32)
