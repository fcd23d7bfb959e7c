"""Intervals of means: one Wilson shape, one t quantile, one finite-population correction."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Bounds(NamedTuple):
    """Lower and upper bounds (T,), (T,) of T means."""

    low_T: Floats
    high_T: Floats


class Limits(NamedTuple):
    """The least and the largest score that an item can have."""

    low: float
    high: float

    @property
    def span(self) -> float:
        """The distance from the lower to the upper limit."""
        return self.high - self.low

    def hold(self, scores: Floats) -> bool:
        """Whether all of these scores are inside."""
        return bool(scores.min() >= self.low and scores.max() <= self.high)


UNIT = Limits(0.0, 1.0)


def normal_quantile(level: float) -> float:
    """Standard errors on either side of an estimate whose standard error is known."""
    return NormalDist().inv_cdf((1 + level) / 2)


def t_quantile(level: float, freedom: float) -> float:
    """Student's quantile, for a standard error with `freedom` degrees of freedom."""
    return float(t_quantiles(level, np.array(freedom)))


def t_quantiles(level: float, freedom_T: Floats) -> Floats:
    """`t_quantile` for T degrees of freedom."""
    # scipy.special and not scipy.stats, whose import alone takes most of a second.
    from scipy.special import stdtrit

    return np.asarray(-stdtrit(freedom_T, (1 - level) / 2))


def needed_by(n: int, population: int | None = None) -> float:
    """The variance of a mean of n scores of 0 and 1, as a multiple of p(1 − p).

    `1 / n`, and `(N − n) / ((N − 1) n)` for a simple random sample of n of N items, which
    is 0 where all were run.
    """
    if population is None:
        return 1 / n
    return (population - n) / (max(population - 1, 1) * n)


def mean_bounds(
    scores_Tn: Floats, level: float, population: int | None = None, limits: Limits | None = None
) -> Bounds:
    """Bounds of T means over n items each, an even random draw from N or from any number.

    Scores of 0 and 1 get Wilson's interval. Other scores inside [0, 1], or inside known limits,
    get the same shape, with the variance that they show themselves and Student's quantile, so that
    the bounds stay inside. Scores on a scale without known limits get the symmetric t interval.
    Scores that are all alike show no variance: inside limits they are treated as scores at the two
    limits, which have the largest variance, elsewhere the bounds are infinite.

    Args:
        scores_Tn: (T, n) finite scores.
        level: coverage.
        population: N; with it the interval narrows to nothing at n = N, and never says what the
            observed scores rule out.
        limits: of an item's score, if it can leave [0, 1]; ignored where a score is outside.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22:209-212; Cochran 1977, Sampling Techniques, 3.2
    (the finite-population correction).
    """
    if limits is not None and limits != UNIT and limits.span > 0 and limits.hold(scores_Tn):
        shares_Tn = (scores_Tn - limits.low) / limits.span
        low_T, high_T = _mean_bounds(shares_Tn, level, population, counted=False)
        return Bounds(limits.low + limits.span * low_T, limits.low + limits.span * high_T)
    return _mean_bounds(scores_Tn, level, population, counted=True)


def _mean_bounds(scores_Tn: Floats, level: float, population: int | None, counted: bool) -> Bounds:
    """The same on the unit scale; `counted` says that scores of 0 and 1 have nothing between."""
    n = scores_Tn.shape[1]
    mean_T, unit_T = scores_Tn.mean(axis=1), _in_unit_range(scores_Tn)
    alike_T = np.ptp(scores_Tn, axis=1) == 0
    whole_T = counted & ((scores_Tn == 0) | (scores_Tn == 1)).all(axis=1)
    low_T, high_T = np.full_like(mean_T, -np.inf), np.full_like(mean_T, np.inf)
    if population == n:
        return Bounds(mean_T, mean_T.copy())
    rows = whole_T | (alike_T & unit_T & (n > 1))
    needed_T = np.full(int(rows.sum()), needed_by(n, population))
    low_T[rows], high_T[rows] = bounds_of_share(mean_T[rows], needed_T, normal_quantile(level))
    if n > 1:
        left = 1 if population is None else 1 - n / population
        variance_T = scores_Tn.var(axis=1, ddof=1) * left / n
        quantile = t_quantile(level, n - 1)
        graded = ~rows & unit_T
        low_T[graded], high_T[graded] = wilson_bounds(mean_T[graded], variance_T[graded], quantile)
        other = ~unit_T & ~alike_T
        reach_T = quantile * np.sqrt(variance_T[other])
        low_T[other], high_T[other] = mean_T[other] - reach_T, mean_T[other] + reach_T
    return _possible(Bounds(low_T, high_T), scores_Tn, population, whole_T)


def bounds_within(
    mean: float, variance: float, quantile: float, limits: Limits
) -> tuple[float, float]:
    """Wilson's bounds of one mean between limits; see `wilson_bounds`."""
    share_T, variance_T = np.array([mean - limits.low]), np.array([variance])
    low_T, high_T = wilson_bounds(share_T / limits.span, variance_T / limits.span**2, quantile)
    return limits.low + limits.span * float(low_T[0]), limits.low + limits.span * float(high_T[0])


def wilson_bounds(mean_T: Floats, variance_T: Floats, quantile: float | Floats) -> Bounds:
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
    bernoulli_T = share_T * (1 - share_T)
    # Of a mean at the edge, as many items are taken as a mean half a point inside would need.
    needed_T = variance_T / np.maximum(bernoulli_T, 0.005 * 0.995)
    low_T, high_T = bounds_of_share(share_T, needed_T, quantile)
    return Bounds(np.minimum(low_T, mean_T), np.maximum(high_T, mean_T))


def bounds_of_share(share_T: Floats, needed_T: Floats, quantile: float | Floats) -> Bounds:
    """Wilson's bounds of shares in [0, 1] of `1 / needed_T` items each."""
    # An infinite variance leaves all of [0, 1].
    pull_T = np.minimum(quantile**2 * needed_T, 1e12)
    centre_T = (share_T + pull_T / 2) / (1 + pull_T)
    reach_T = np.sqrt(pull_T * share_T * (1 - share_T) + pull_T**2 / 4) / (1 + pull_T)
    # At shares of 0 and 1 the bound equals the share, but for rounding.
    low_T, high_T = np.minimum(centre_T - reach_T, share_T), np.maximum(centre_T + reach_T, share_T)
    return Bounds(np.maximum(low_T, 0.0), np.minimum(high_T, 1.0))


def wilson(share: float, needed: float, quantile: float) -> tuple[float, float]:
    """`bounds_of_share` of one share."""
    low_T, high_T = bounds_of_share(np.array([share]), np.array([needed]), quantile)
    return float(low_T[0]), float(high_T[0])


def _possible(
    bounds: Bounds, scores_Tn: Floats, population: int | None, whole_T: NDArray[np.bool_]
) -> Bounds:
    """Bounds cut to what N scores in [0, 1] can come to when n of them are known."""
    if population is None:
        return bounds
    low_T, high_T = bounds
    mean_T = scores_Tn.mean(axis=1)
    # A count of right answers is whole: the bounds go outwards to the next one.
    low_T = np.where(whole_T, np.floor(low_T * population + 1e-9) / population, low_T)
    high_T = np.where(whole_T, np.ceil(high_T * population - 1e-9) / population, high_T)
    seen_T = scores_Tn.sum(axis=1) / population
    finite_T = _in_unit_range(scores_Tn) & np.isfinite(low_T)
    most_T = seen_T + 1 - scores_Tn.shape[1] / population
    return Bounds(
        np.where(finite_T, np.minimum(np.maximum(low_T, seen_T), mean_T), low_T),
        np.where(finite_T, np.maximum(np.minimum(high_T, most_T), mean_T), high_T),
    )


def _in_unit_range(scores_Tn: Floats) -> NDArray[np.bool_]:
    return np.asarray((scores_Tn.min(axis=1) >= 0) & (scores_Tn.max(axis=1) <= 1))
