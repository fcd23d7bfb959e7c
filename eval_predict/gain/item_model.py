"""The chance that a new round gets an item right, from what is known of the item."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.irt.factor_model import Floats

_STEPS = 12
_LONGEST_STEP = 2.0


class Terms(NamedTuple):
    """Columns of a logistic regression, with what is believed of their coefficients beforehand.

    Attributes:
        value_Nd: (N, d).
        offset_N: what every logit starts from.
        mean_d: prior means of the coefficients.
        sd_d: prior standard deviations.
    """

    value_Nd: Floats
    offset_N: Floats
    mean_d: Floats
    sd_d: Floats


class ItemModel(NamedTuple):
    """Chances (N,) of all items, each observed score's pull on its own (n,), the coefficients."""

    chance_N: Floats
    leverage_n: Floats
    coefficient_d: Floats
    sd_d: Floats


def item_model(terms: Terms, items_n: NDArray[np.intp], scores_n: Floats) -> ItemModel:
    """Logistic regression with a Gaussian prior, by Newton's method; n may be 0.

    Source: the Laplace approximation, MacKay 1992, Neural Comput. 4:720-736.
    """
    own_nd, offset_n = terms.value_Nd[items_n], terms.offset_N[items_n]
    precision_d = terms.sd_d**-2.0
    coefficient_d = terms.mean_d.copy()
    for _ in range(_STEPS):
        chance_n = sigmoid(offset_n + own_nd @ coefficient_d)
        slope_d = own_nd.T @ (scores_n - chance_n) - precision_d * (coefficient_d - terms.mean_d)
        step_d = np.linalg.solve(_information(own_nd, chance_n, precision_d), slope_d)
        longest = max(float(np.abs(step_d).max()), 1e-12)
        coefficient_d = coefficient_d + step_d * min(1.0, _LONGEST_STEP / longest)
    chance_n = sigmoid(offset_n + own_nd @ coefficient_d)
    covariance_dd = np.linalg.inv(_information(own_nd, chance_n, precision_d))
    pull_n = np.einsum("nd,de,ne->n", own_nd, covariance_dd, own_nd) * chance_n * (1 - chance_n)
    chance_N = sigmoid(terms.offset_N + terms.value_Nd @ coefficient_d)
    return ItemModel(chance_N, pull_n, coefficient_d, np.sqrt(np.diag(covariance_dd)))


def sigmoid(logit: Floats) -> Floats:
    """The logistic function, without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30.0, 30.0))), np.float64)


def _information(own_nd: Floats, chance_n: Floats, precision_d: Floats) -> Floats:
    weight_n = chance_n * (1 - chance_n)
    return np.asarray((own_nd * weight_n[:, None]).T @ own_nd + np.diag(precision_d), np.float64)
