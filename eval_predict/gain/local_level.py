"""A local level model of the rounds' scores, with the step size averaged out."""

import numpy as np

from eval_predict.irt.factor_model import Floats

_SIZES = np.array([0.01, 0.02, 0.04, 0.08, 0.16, 0.32])  # standard deviations of a step
_UNLIKE = 0.5  # probability that the last step has nothing to do with the earlier ones
_DRIFT = 0.5  # standard deviation of the steps' common mean, in step sizes
_START = (0.5, 1.0)  # mean and standard deviation of the first score


def local_level(estimate_R: Floats, error_RR: Floats) -> Floats:
    """Smoothed scores (R,) of R ≥ 2 rounds.

    Steps share a size and a drift, averaged over by their likelihood. The last step either
    continues them, or has a size of its own and no drift: a round that loses after rounds that
    gained is moved towards no change, hardly towards a gain.

    Args:
        estimate_R: estimates in the rounds' order.
        error_RR: their errors' covariance; 0 where a score is exact.

    Source: the local level model, Harvey 1989, Forecasting, Structural Time Series Models and the
    Kalman Filter, section 2.3, in matrix form with its variance averaged out.
    """
    levels, fits = [], []
    for size in _SIZES:
        for last in (None, *_SIZES) if estimate_R.size > 2 else (size,):
            level_R, fit = _with_sizes(estimate_R, error_RR, size, last)
            prior = 1 - _UNLIKE if last is None else _UNLIKE / _SIZES.size
            levels.append(level_R)
            fits.append(fit + np.log(prior))
    weight_S = np.exp(np.array(fits) - max(fits))
    weight_S /= weight_S.sum()
    mean_R: Floats = weight_S @ np.array(levels)
    return mean_R


def _with_sizes(
    estimate_R: Floats, error_RR: Floats, size: float, last: float | None
) -> tuple[Floats, float]:
    """The posterior mean for steps of these sizes, and the log likelihood of the estimates.

    The last step continues the others if `last` is None.
    """
    R = estimate_R.size
    size_S = np.full(R - 1, size)
    drift_S = _DRIFT * size_S
    if last is not None:
        size_S[-1], drift_S[-1] = last, 0.0
    sum_RS = np.tri(R, R - 1, -1)
    prior_RR = (
        _START[1] ** 2 + sum_RS @ (np.diag(size_S**2) + np.outer(drift_S, drift_S)) @ sum_RS.T
    )
    total_RR = prior_RR + error_RR
    weight_RR = np.linalg.solve(total_RR, prior_RR).T
    off_R = estimate_R - _START[0]
    level_R: Floats = _START[0] + weight_RR @ off_R
    fit = off_R @ np.linalg.solve(total_RR, off_R) + np.linalg.slogdet(total_RR)[1]
    return level_R, -0.5 * float(fit)
