"""Running a round on the items that the round before was run on: what the draw misses cancels."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Selection
from eval_predict.gain.known import Known


def panel_rest(known: Known, seen_n: NDArray[np.intp], count: int) -> Selection:
    """Up to `count` of the previous round's items that the new one has not seen, in their order.

    Their probabilities are those of the previous round's draw, which this repeats, times the part
    of each of its stages that is taken here. None where the previous round was run on all items,
    since then its mean is known.
    """
    observed = known.previous.observed
    if known.is_full(known.previous):
        return Selection(np.empty((1, 0), np.intp), np.empty((1, 0)))
    left_n = ~np.isin(observed.items_Tn[0], seen_n)
    first_n = np.flatnonzero(left_n)[:count]
    probability_Tn = observed.probability_Tn[:, first_n].copy()
    stage_n = observed.stage_n[first_n]
    for stage in np.unique(stage_n):
        part = (stage_n == stage).sum() / (observed.stage_n == stage).sum()
        probability_Tn[:, stage_n == stage] *= part
    return Selection(observed.items_Tn[:, first_n], probability_Tn)
