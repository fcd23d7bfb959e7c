"""Ridge regression whose penalty is chosen by leave-one-out error, many feature sets at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ALPHAS = (0.1, 1.0, 10.0)


class Ridge(NamedTuple):
    """B linear models of n features: the prediction is `intercept + features · weight`."""

    weight_Bn: NDArray[np.float64]
    intercept_B: NDArray[np.float64]


def ridge_by_loo(
    features_BMn: NDArray[np.float64],
    target_M: NDArray[np.float64],
    alphas: tuple[float, ...] = ALPHAS,
) -> Ridge:
    """Fit B ridge regressions with an intercept that is not penalised.

    Each takes the penalty with the least mean squared leave-one-out error, which the closed form
    `e_i / (1 − h_ii)` gives without refitting. The Gram matrix of the shorter side is decomposed
    once for all penalties.

    Args:
        features_BMn: (B, M, n) features of M ≥ 2 samples.
        target_M: (M,) what to predict.
        alphas: penalties to choose from.
    """
    mean_Bn = features_BMn.mean(axis=1)
    centred_BMn = features_BMn - mean_Bn[:, None]
    left_M = target_M - target_M.mean()
    left_BMk, right_Bnk, square_Bk = thin_svd(centred_BMn)
    along_Bk = left_M @ left_BMk
    best_B = np.full(len(features_BMn), np.inf)
    weight_Bn = np.zeros_like(mean_Bn)
    for alpha in alphas:
        kept_Bk = square_Bk / (square_Bk + alpha)
        fitted_BM = np.einsum("bmk,bk->bm", left_BMk, kept_Bk * along_Bk)
        leverage_BM = np.einsum("bmk,bk->bm", left_BMk**2, kept_Bk) + 1 / len(target_M)
        loo_BM = (left_M - fitted_BM) / np.maximum(1 - leverage_BM, 1e-9)
        error_B = (loo_BM**2).mean(axis=1)
        better = error_B < best_B
        best_B = np.where(better, error_B, best_B)
        shrunk_Bk = along_Bk * np.sqrt(square_Bk) / (square_Bk + alpha)
        candidate_Bn = np.einsum("bnk,bk->bn", right_Bnk, shrunk_Bk)
        weight_Bn = np.where(better[:, None], candidate_Bn, weight_Bn)
    intercept_B = target_M.mean() - (mean_Bn * weight_Bn).sum(axis=1)
    return Ridge(weight_Bn, intercept_B)


def thin_svd(
    centred_BMn: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Left (B, M, k) and right (B, n, k) singular vectors and squared singular values (B, k).

    A direction without variance has the square 0 and vectors of 0.
    """
    _, M, n = centred_BMn.shape
    turned_BnM = centred_BMn.transpose(0, 2, 1)
    gram = turned_BnM @ centred_BMn if n <= M else centred_BMn @ turned_BnM
    square_Bk, known = np.linalg.eigh(gram)
    # What rounding leaves of a direction without variance must not be divided by.
    floor = 1e-10 * np.maximum(square_Bk[:, -1:], 1e-10)
    square_Bk = np.where(square_Bk > floor, square_Bk, 0)
    inverse_Bk = np.where(square_Bk > 0, 1 / np.sqrt(np.where(square_Bk > 0, square_Bk, 1)), 0)
    if n <= M:
        return (centred_BMn @ known) * inverse_Bk[:, None], known, square_Bk
    return known * (square_Bk > 0)[:, None], (turned_BnM @ known) * inverse_Bk[:, None], square_Bk
