"""A local level model of the rounds' scores, with the step size averaged out."""

import numpy as np

from eval_predict.irt.factor_model import Floats

_SIZES = np.array([0.01, 0.02, 0.04, 0.08, 0.16, 0.32])  # of a step
_NEW_SIZE = 0.3  # probability that the last step's size is independent of the earlier ones'
_DRIFT = 1.0  # of the steps' common mean, in sizes of a step
_START = (0.5, 1.0)  # mean and standard deviation of the first score


def random_walk(estimate_R: Floats, error_RR: Floats) -> Floats:
    """Smoothed scores (R,) of R ≥ 2 rounds; size and drift of a step are learnt from all of them.

    Step sizes have a uniform prior and are weighted by their likelihood. The last step may have
    another size, so that a round unlike the earlier ones is not smoothed away.

    Args:
        estimate_R: estimates in the rounds' order.
        error_RR: their errors' covariance; 0 where a score is exact.

    Source: the local level model, Harvey 1989, Forecasting, Structural Time Series Models and the
    Kalman Filter, section 2.3, in matrix form with its variance averaged out.
    """
    walks, fits = [], []
    for size in _SIZES:
        for last in _SIZES if estimate_R.size > 2 else (size,):
            walk, fit = _with_sizes(estimate_R, error_RR, size, last)
            prior = (1 - _NEW_SIZE) * (last == size) + _NEW_SIZE / _SIZES.size
            walks.append(walk)
            fits.append(fit + np.log(prior))
    weight_S = np.exp(np.array(fits) - max(fits))
    weight_S /= weight_S.sum()
    mean_R: Floats = weight_S @ np.array(walks)
    return mean_R


def _with_sizes(
    estimate_R: Floats, error_RR: Floats, size: float, last: float
) -> tuple[Floats, float]:
    """The posterior mean for steps of these sizes, and the log likelihood of the estimates."""
    R = estimate_R.size
    size_S = np.full(R - 1, size)
    size_S[-1] = last
    step_SS = np.diag(size_S**2) + _DRIFT**2 * np.outer(size_S, size_S)
    sum_RS = np.tri(R, R - 1, -1)
    prior_RR = _START[1] ** 2 + sum_RS @ step_SS @ sum_RS.T
    total_RR = prior_RR + error_RR
    weight_RR = np.linalg.solve(total_RR, prior_RR).T
    off_R = estimate_R - _START[0]
    walk_R: Floats = _START[0] + weight_RR @ off_R
    fit = off_R @ np.linalg.solve(total_RR, off_R) + np.linalg.slogdet(total_RR)[1]
    return walk_R, -0.5 * float(fit)
