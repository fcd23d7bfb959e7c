"""A new round's expected score on each item, by logistic regression on earlier measurements."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.irt.factor_model import Floats
from eval_predict.stats.logistic import logistic

_STEPS = 12
_LONGEST_STEP = 2.0


class Regressors(NamedTuple):
    """Columns of a logistic regression, with Gaussian priors of their coefficients.

    Attributes:
        value_Nd: (N, d).
        offset_N: constant part of each logit.
        mean_d: prior means of the coefficients.
        sd_d: prior standard deviations.
    """

    value_Nd: Floats
    offset_N: Floats
    mean_d: Floats
    sd_d: Floats


class ItemModel(NamedTuple):
    """A fitted regression of one round's scores.

    Attributes:
        expected_N: expected scores of all items.
        leverage_n: leverage of each observed score on its own expected score.
        coefficient_d: posterior means of the coefficients.
        covariance_dd: their posterior covariance.
    """

    expected_N: Floats
    leverage_n: Floats
    coefficient_d: Floats
    covariance_dd: Floats

    @property
    def sd_d(self) -> Floats:
        """Posterior standard deviations of the coefficients."""
        return np.asarray(np.sqrt(np.diag(self.covariance_dd)))


def item_model(regressors: Regressors, items_n: NDArray[np.intp], scores_n: Floats) -> ItemModel:
    """Logistic regression with a Gaussian prior, by Newton's method; n may be 0.

    Source: the Laplace approximation, MacKay 1992, Neural Comput. 4:720-736.
    """
    value_nd, offset_n = regressors.value_Nd[items_n], regressors.offset_N[items_n]
    precision_d = regressors.sd_d**-2.0
    coefficient_d = regressors.mean_d.copy()
    for _ in range(_STEPS):
        expected_n = logistic(offset_n + value_nd @ coefficient_d)
        slope_d = value_nd.T @ (scores_n - expected_n) - precision_d * (
            coefficient_d - regressors.mean_d
        )
        step_d = np.linalg.solve(_information(value_nd, expected_n, precision_d), slope_d)
        longest = max(float(np.abs(step_d).max()), 1e-12)
        coefficient_d = coefficient_d + step_d * min(1.0, _LONGEST_STEP / longest)
    expected_n = logistic(offset_n + value_nd @ coefficient_d)
    covariance_dd = np.linalg.inv(_information(value_nd, expected_n, precision_d))
    leverage_n = (
        np.einsum("nd,de,ne->n", value_nd, covariance_dd, value_nd) * expected_n * (1 - expected_n)
    )
    expected_N = logistic(regressors.offset_N + regressors.value_Nd @ coefficient_d)
    return ItemModel(expected_N, leverage_n, coefficient_d, np.asarray(covariance_dd))


def _information(value_nd: Floats, expected_n: Floats, precision_d: Floats) -> Floats:
    weight_n = expected_n * (1 - expected_n)
    return np.asarray(
        (value_nd * weight_n[:, None]).T @ value_nd + np.diag(precision_d), np.float64
    )
