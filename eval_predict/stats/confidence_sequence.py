"""How much wider an interval is that holds at every look, whenever one stops."""

import math

from eval_predict.stats.intervals import normal_quantile


def time_uniform_reach(time: float, tuned_for: float, level: float) -> float:
    """Standard errors on either side of an estimate, for all times at once.

    In place of the normal quantile (1.645 at level 0.9) of one look, so that the probability that
    the truth is ever outside is at most `1 − level`. Valid for sums of martingale differences, in
    the limit of many observations.

    Args:
        time: the inverse of the estimate's variance, in any unit; for n of N items drawn at random
            `n / (1 − n / N)`.
        tuned_for: the time, in the same unit, at which the sequence shall be narrowest.
        level: coverage, in (0, 1).

    Source: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, arXiv:2103.06476, theorem 2.2 (the
    boundary of Robbins' normal mixture) and appendix B.2 (its rho); a mean without replacement is a
    martingale in this time, as a Brownian bridge is a Brownian motion in `t / (1 − t)`.
    """
    miss = 1 - level
    # rho² t of the paper at the time it is tuned for.
    best = -2 * math.log(miss) + math.log(1 - 2 * math.log(miss))
    scaled = best * time / tuned_for
    return math.sqrt(2 * (scaled + 1) / scaled * (0.5 * math.log(scaled + 1) - math.log(miss)))


def widening(time: float, tuned_for: float, level: float) -> float:
    """`time_uniform_reach` as a multiple of the normal quantile of a single look."""
    return time_uniform_reach(time, tuned_for, level) / normal_quantile(level)
