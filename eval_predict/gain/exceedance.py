"""The probability that a true gain exceeds a value, computed from its estimate."""

import math
from statistics import NormalDist

from eval_predict.stats.estimate import Estimate


def probability_above(estimate: Estimate, minimum: float) -> float:
    """The probability that the true value exceeds `minimum`, in [0, 1].

    The interval is read as that of a normal distribution whose spread is, on the side of
    `minimum`, that of the bound on this side. An estimate without width is either above or not;
    an infinite bound gives a probability of one half.
    """
    below = estimate.value > minimum
    reach = estimate.value - estimate.low if below else estimate.high - estimate.value
    if math.isinf(reach):
        return 0.5
    if reach <= 0:
        return float(below)
    standard = NormalDist()
    spread = reach / standard.inv_cdf((1 + estimate.level) / 2)
    return standard.cdf((estimate.value - minimum) / spread)
