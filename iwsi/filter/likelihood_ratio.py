"""The likelihood ratio of a candidate's loss: how much likelier it is among labelled examples."""

import numpy as np
import numpy.typing as npt

from eval_predict.errors import UserError

FloatArray = npt.NDArray[np.float64]

LEAST_WIDTH = 1e-3  # of a kernel, in units of log loss: equal losses have a density too
GRID = 512  # points at which densities are computed


def loss_likelihood_ratio(nll_N: FloatArray, validation_nll_V: FloatArray) -> FloatArray:
    """`p_V(log loss) / p_N(log loss)`, the importance weight of a loss; NaN where it is not finite.

    Both densities are Gaussian kernel estimates with Silverman's width, computed on a grid over
    the losses of both and interpolated.

    Source: importance weighting by a density ratio, Shimodaira 2000, J. Stat. Plan. Inference
    90:227-244; Silverman 1986, Density Estimation, section 3.4.2.

    Args:
        nll_N: Mean token loss of each candidate, nats, shape (N,).
        validation_nll_V: Mean token loss of each labelled row, shape (V,), V at least 2.

    Raises:
        UserError: fewer than two labelled rows with a positive finite loss.
    """
    usable_V = validation_nll_V[np.isfinite(validation_nll_V) & (validation_nll_V > 0)]
    if usable_V.size < 2:
        raise UserError(
            field="validation",
            got=f"{usable_V.size} rows with a positive finite loss",
            expected="at least 2 for a density",
            fix="Bring more labelled rows, or choose another filter.",
        )
    ratio_N = np.full(len(nll_N), np.nan)
    finite_N = np.isfinite(nll_N) & (nll_N > 0)
    if not finite_N.any():
        return ratio_N
    at_N, at_V = np.log(nll_N[finite_N]), np.log(usable_V)
    grid_G = np.linspace(min(at_N.min(), at_V.min()), max(at_N.max(), at_V.max()), GRID)
    labelled_G, candidates_G = _density(grid_G, at_V), _density(grid_G, at_N)
    with np.errstate(divide="ignore"):
        log_ratio_G = np.log(labelled_G) - np.log(candidates_G)
    ratio_N[finite_N] = np.exp(np.interp(at_N, grid_G, log_ratio_G))
    return ratio_N


def _density(grid_G: FloatArray, at_M: FloatArray) -> FloatArray:
    """Density of M points on a grid, shape (G,)."""
    quarter, three = np.quantile(at_M, [0.25, 0.75])
    spread = min(at_M.std(), (three - quarter) / 1.34) or at_M.std()
    width = max(0.9 * spread * len(at_M) ** -0.2, LEAST_WIDTH)
    total_G = np.zeros(len(grid_G))
    for begin in range(0, len(at_M), GRID):  # some points at a time
        off_GM = (grid_G[:, None] - at_M[begin : begin + GRID]) / width
        total_G += np.exp(-0.5 * off_GM**2).sum(axis=1)
    # Far from all points the estimate is 0 by rounding; a millionth of a point is not.
    return np.asarray((total_G + 1e-6) / (len(at_M) * width * np.sqrt(2 * np.pi)))
