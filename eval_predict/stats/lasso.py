"""The lasso from items to whole scores, at a penalty or at a number of items that it keeps."""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_ALPHAS = np.logspace(-4, 1, 1000)
_WINDOW = 20


class SparseLasso(NamedTuple):
    """The lasso at one penalty: the prediction is the mean score plus leads times weights."""

    alpha: float
    weight_N: NDArray[np.float64]

    @property
    def kept(self) -> int:
        """How many items have weight."""
        return int(np.count_nonzero(self.weight_N))


def lasso_keeping(scores_MN: NDArray[np.float64], budget: int) -> SparseLasso:
    """The lasso of the M mean scores on all N items that keeps `budget` items, or a few less.

    The least of a thousand penalties that does so. The published code tries one after another;
    as fewer items are kept, but for some jitter, the higher the penalty, halving finds the place
    and the two windows around it are tried in full.
    """
    mean_M = scores_MN.mean(axis=1)
    low, high = 0, len(_ALPHAS) // _WINDOW  # in windows: too many kept at low, few enough at high
    while high - low > 1:
        middle = (low + high) // 2
        few = lasso_at(scores_MN, mean_M, float(_ALPHAS[middle * _WINDOW])).kept <= budget
        low, high = (low, middle) if few else (middle, high)
    best = SparseLasso(float(_ALPHAS[-1]), np.zeros(scores_MN.shape[1]))
    for alpha in _ALPHAS[low * _WINDOW : (high + 1) * _WINDOW]:
        fitted = lasso_at(scores_MN, mean_M, float(alpha))
        if best.kept < fitted.kept <= budget:
            best = fitted
        if best.kept == budget:
            break
    return best


def lasso_at(
    features_Mn: NDArray[np.float64], target_M: NDArray[np.float64], alpha: float
) -> SparseLasso:
    """The lasso at one penalty, from zero weights."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import Lasso

    if np.ptp(target_M) == 0:
        return SparseLasso(alpha, np.zeros(features_Mn.shape[1]))
    with warnings.catch_warnings():
        # At the least penalties there are more weights than models: close is near enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = Lasso(alpha=alpha, max_iter=10_000).fit(features_Mn, target_M)
    return SparseLasso(alpha, np.asarray(fitted.coef_, np.float64))
