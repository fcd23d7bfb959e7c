"""An interval that leans towards the middle, for means of scores between 0 and 1."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def wilson_bounds(mean_T: Floats, variance_T: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Wilson's bounds (T,), (T,) for as many items as would leave these variances.

    Near 0 and 1 a symmetric interval is short on the side where there is room. The mean itself is
    always inside, also where it lies outside [0, 1].

    Args:
        mean_T: estimates.
        variance_T: their variances, ≥ 0.
        quantile: of the reference distribution, 1.96 say.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22:209-212, with the effective number of items
    p(1 − p)/variance; Brown, Cai & DasGupta 2001, Stat. Sci. 16:101-133, section 3.1.
    """
    share_T = np.clip(mean_T, 0, 1)
    chance_T = share_T * (1 - share_T)
    # Of a mean at the edge, as many items are taken as a mean half a point inside would need.
    needed_T = variance_T / np.maximum(chance_T, 0.005 * 0.995)
    low_T, high_T = bounds_of_share(share_T, needed_T, quantile)
    return np.minimum(low_T, mean_T), np.maximum(high_T, mean_T)


def bounds_of_share(share_T: Floats, needed_T: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Wilson's bounds of shares in [0, 1] of `1 / needed_T` items each."""
    pull_T = quantile**2 * needed_T
    centre_T = (share_T + pull_T / 2) / (1 + pull_T)
    reach_T = np.sqrt(pull_T * share_T * (1 - share_T) + pull_T**2 / 4) / (1 + pull_T)
    return centre_T - reach_T, centre_T + reach_T
