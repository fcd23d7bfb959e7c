"""Ridge regressions in closed form: from items to whole scores, from models to items' scores."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed

Floats = NDArray[np.float64]

ALPHAS = (0.1, 1.0, 10.0)
ITEM_ALPHA = 30.0  # of `item_ridge`


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


class ItemRidge(NamedTuple):
    """Predictions for all items, and how much each observed score pulls its own prediction."""

    prediction_TN: Floats
    leverage_Tn: Floats


def item_ridge(
    scores_MN: Floats, observed: Observed, weight_Tn: Floats, alpha: float = ITEM_ALPHA
) -> ItemRidge:
    """Fit n weighted samples with M features for each of T targets, in the dual form.

    Features are the history's scores less each model's mean; the intercept is not penalised.

    Args:
        scores_MN: the history, without NaN.
        observed: T targets on n items each.
        weight_Tn: sampling weights > 0, scaled here to mean 1 for each target.
        alpha: penalty on the coefficients.

    Source: arXiv:2506.07673, section 3 (AIPW's regression, with Ridge); the weighted form is the
    generalised regression estimator of Särndal, Swensson & Wretman 1992, chapter 6.
    """
    n = observed.shape[1]
    feature_MN = scores_MN - scores_MN.mean(axis=1, keepdims=True)
    weight_Tn = weight_Tn / weight_Tn.mean(axis=1, keepdims=True)
    share_Tn = weight_Tn / n
    observed_TMn = feature_MN.T[observed.items_Tn].transpose(0, 2, 1)
    centre_TM = (observed_TMn @ share_Tn[..., None])[..., 0]
    observed_TMn = observed_TMn - centre_TM[..., None]
    mean_T = (share_Tn * observed.scores_Tn).sum(axis=1)
    gram_Tnn = observed_TMn.transpose(0, 2, 1) @ observed_TMn
    penalised_Tnn = gram_Tnn.copy()
    diagonal = np.arange(n)
    penalised_Tnn[:, diagonal, diagonal] += alpha / weight_Tn
    inverse_Tnn = np.linalg.inv(penalised_Tnn)
    dual_Tn = (inverse_Tnn @ (observed.scores_Tn - mean_T[:, None])[..., None])[..., 0]
    coefficient_TM = (observed_TMn @ dual_Tn[..., None])[..., 0]
    offset_T = mean_T - (coefficient_TM * centre_TM).sum(axis=1)
    leverage_Tn = np.einsum("tij,tji->ti", gram_Tnn, inverse_Tnn) + share_Tn
    return ItemRidge(offset_T[:, None] + coefficient_TM @ feature_MN, leverage_Tn)


def leave_one_out(
    sample_nM: NDArray[np.float64],
    scores_tn: NDArray[np.float64],
    point_M: NDArray[np.float64],
    alpha: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Predictions of n ridges, each without one item, for that item and at a point: both (t, n).

    Args:
        sample_nM: (n, M) features of the observed items.
        scores_tn: (t, n) scores of t targets on them.
        point_M: (M,) features of the point.
        alpha: penalty; the intercept is not penalised.
    """
    n = len(sample_nM)
    if n == 1:
        return scores_tn.copy(), scores_tn.copy()
    mean_M = sample_nM.mean(axis=0)
    left, right, square = (array[0] for array in thin_svd((sample_nM - mean_M)[None]))
    kept_nk = left * (square / (square + alpha))
    at_point_n = left @ ((point_M - mean_M) @ right * np.sqrt(square) / (square + alpha)) + 1 / n
    mean_t1 = scores_tn.mean(axis=1, keepdims=True)
    fitted_tn = scores_tn @ left @ kept_nk.T + mean_t1 * (1 - kept_nk @ left.sum(axis=0))
    share_n = np.maximum(1 - (left * kept_nk).sum(axis=1) - 1 / n, 1e-9)
    error_tn = (scores_tn - fitted_tn) / share_n
    return scores_tn - error_tn, (scores_tn @ at_point_n)[:, None] - at_point_n * error_tn


def thin_svd(
    centred_BMn: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Left (B, M, k) and right (B, n, k) singular vectors and squared singular values (B, k).

    A direction without variance has the square 0 and vectors of 0.
    """
    _, M, n = centred_BMn.shape
    turned_BnM = centred_BMn.transpose(0, 2, 1)
    gram = turned_BnM @ centred_BMn if n <= M else centred_BMn @ turned_BnM
    square_Bk, vectors = np.linalg.eigh(gram)
    # What rounding leaves of a direction without variance must not be divided by.
    floor = 1e-10 * np.maximum(square_Bk[:, -1:], 1e-10)
    square_Bk = np.where(square_Bk > floor, square_Bk, 0)
    inverse_Bk = np.where(square_Bk > 0, 1 / np.sqrt(np.where(square_Bk > 0, square_Bk, 1)), 0)
    if n <= M:
        return (centred_BMn @ vectors) * inverse_Bk[:, None], vectors, square_Bk
    return (
        vectors * (square_Bk > 0)[:, None],
        (turned_BnM @ vectors) * inverse_Bk[:, None],
        square_Bk,
    )
