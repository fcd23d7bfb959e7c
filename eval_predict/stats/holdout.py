"""Which models of a history judge what was learnt from the others."""

import numpy as np
from numpy.typing import NDArray

_FOLD = 5


def every_fifth(scores_MN: NDArray[np.float64], mean_M: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Every fifth model (M,) in the order of the mean scores, so that all levels are there.

    Neither chance nor a model's place in the history decides. None where there are fewer than
    three models.
    """
    # Scores themselves break ties, so that only models without any difference change places.
    order = sorted(range(len(scores_MN)), key=lambda m: (mean_M[m], scores_MN[m].tobytes()))
    held_out_M = np.zeros(len(scores_MN), dtype=bool)
    held_out_M[order[_FOLD // 2 :: _FOLD]] = True
    return held_out_M
