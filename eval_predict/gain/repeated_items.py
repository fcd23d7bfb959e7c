"""Run a round on the previous round's items: the sampling error that both rounds share cancels."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Selection
from eval_predict.gain.inputs import ForecastInputs


def repeat_previous(inputs: ForecastInputs, seen_n: NDArray[np.intp], count: int) -> Selection:
    """Up to `count` of the previous round's items that the new one has not seen, in their order.

    Their inclusion probabilities are those of the previous round's draw, times the share of each
    stage that is repeated. Empty where the previous round was run on all items,
    because its mean is exact.
    """
    observed = inputs.previous.observed
    if inputs.is_full(inputs.previous):
        return Selection(np.empty((1, 0), np.intp), np.empty((1, 0)))
    left_n = ~np.isin(observed.items_Tn[0], seen_n)
    first_n = np.flatnonzero(left_n)[:count]
    probability_Tn = observed.probability_Tn[:, first_n].copy()
    stage_n = observed.stage_n[first_n]
    for stage in np.unique(stage_n):
        part = (stage_n == stage).sum() / (observed.stage_n == stage).sum()
        probability_Tn[:, stage_n == stage] *= part
    return Selection(observed.items_Tn[:, first_n], probability_Tn)
