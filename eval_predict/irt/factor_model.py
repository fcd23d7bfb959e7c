"""A logistic factor model of scores, and what a few scores of a new model say of its factors."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.stats.logistic import logistic

Floats = NDArray[np.float64]

FACTORS = 3
_ROUNDS = 15  # early stopping, which regularises on top of the priors: see `FactorModel.fit`
_BIAS_SD = 2.0
_ABILITY_SD = 3.0
_OTHER_LOADING_SD = 0.4
_PUBLISHED_FACTORS = 6
_PUBLISHED_LOADING_SD = 0.5
_BEYOND_SD = 4.0  # how far beyond the history an ability may lie before the prior pulls it back


class Posterior(NamedTuple):
    """Gaussian posterior of the factors of T targets, by Laplace's approximation."""

    mean_Tk: Floats
    covariance_Tkk: Floats


class FactorModel:
    """`logit P(score of model m on item i) = b_i + v_i · u_m`, fitted by alternating Newton steps.

    The first factor is ability. Its loadings are held near 1 by a prior of width
    `ability_loading_sd`: a wide one fits models like the history's better, a narrow one keeps the
    order of the items where a target lies beyond them all.

    Scores are expected in [0, 1]; those between 0 and 1 enter as shares of success. The penalised
    likelihood with these priors is that of a multidimensional two-parameter logistic item
    response model (Reckase 2009, Multidimensional Item Response Theory, eq. 4.5).
    """

    def __init__(self, ability_loading_sd: float, factors: int = FACTORS) -> None:
        self.ability_loading_sd = ability_loading_sd
        self.factors = factors

    precision_kk_: Floats
    precision_within_kk_: Floats

    def fit(self, scores_MN: NDArray[Any], observed_MN: NDArray[np.bool_] | None = None) -> Self:
        """Fit M ≥ 2 models on N items.

        The alternating steps are stopped after 15 rounds, before they converge. That is a choice
        of regularisation and not an approximation of the penalised maximum: held-out scores of
        the matrices in docs/prediction.md are fitted best after about 5.

        Args:
            scores_MN: no NaN; what stands where `known_MN` is false is only a start.
            observed_MN: which scores were seen; all of them if None.
        """
        prior = self._prior()
        scores_MN = scores_MN.astype(np.float32)
        bias_N, loading_Nk, factor_Mk = _start(scores_MN, self.factors)
        for _ in range(_ROUNDS):
            one_Mk = np.column_stack([np.ones(len(factor_Mk)), factor_Mk])
            mean_k = np.concatenate([[bias_N.mean()], prior.loading_mean_k])
            precision_k = np.concatenate([[_BIAS_SD**-2], prior.loading_sd_k**-2])
            item_Nk: Floats = _newton_step(
                scores_MN.T,
                one_Mk,
                np.column_stack([bias_N, loading_Nk]),
                _Penalty(mean_k, precision_k),
                observed_MN.T if observed_MN is not None else None,
            )
            bias_N, loading_Nk = item_Nk[:, 0], item_Nk[:, 1:]
            zero_k = np.zeros(self.factors)
            factor_Mk = _newton_step(
                scores_MN,
                loading_Nk,
                factor_Mk,
                _Penalty(zero_k, prior.factor_sd_k**-2),
                observed_MN,
                offset_S=bias_N,
            )
            bias_N, loading_Nk, factor_Mk = _identify(bias_N, loading_Nk, factor_Mk)
        self.bias_N_, self.loading_Nk_, self.factor_Mk_ = bias_N, loading_Nk, factor_Mk
        spread_kk = np.atleast_2d(np.cov(factor_Mk.T)) + 1e-6 * np.eye(self.factors)
        self.precision_within_kk_ = np.asarray(np.linalg.inv(spread_kk), np.float64)
        spread_kk = spread_kk.copy()
        spread_kk[0, 0] += _BEYOND_SD**2
        self.precision_kk_ = np.asarray(np.linalg.inv(spread_kk), np.float64)
        return self

    def posterior(
        self, items_Tn: NDArray[np.intp], scores_Tn: Floats, within: bool = False, steps: int = 8
    ) -> Posterior:
        """The factors of T targets from the scores of n ≥ 0 items each.

        Args:
            items_Tn: positions among the N items.
            scores_Tn: scores in [0, 1].
            within: take the targets for models like those of the history; otherwise their ability
                may lie far beyond.
            steps: of Newton's method.
        """
        prior_kk = self.precision_within_kk_ if within else self.precision_kk_
        loading_Tnk, bias_Tn = self.loading_Nk_[items_Tn], self.bias_N_[items_Tn]
        mean_Tk: Floats = np.zeros((len(items_Tn), self.factors))
        for _ in range(steps):
            probability_Tn = logistic(bias_Tn + np.einsum("tnk,tk->tn", loading_Tnk, mean_Tk))
            slope_Tk = np.einsum("tnk,tn->tk", loading_Tnk, scores_Tn - probability_Tn)
            slope_Tk -= mean_Tk @ prior_kk
            step_Tk: Floats = np.linalg.solve(
                _information(loading_Tnk, probability_Tn, prior_kk), slope_Tk[..., None]
            )[..., 0]
            mean_Tk += _shorten(step_Tk, 4.0)
        probability_Tn = logistic(bias_Tn + np.einsum("tnk,tk->tn", loading_Tnk, mean_Tk))
        covariance_Tkk = np.linalg.inv(_information(loading_Tnk, probability_Tn, prior_kk))
        return Posterior(mean_Tk, np.asarray(covariance_Tkk, np.float64))

    def probability(self, posterior: Posterior) -> Floats:
        """The expected score (T, N) of each target on each item, over the posterior.

        Source: the probit-style approximation of MacKay 1992, Neural Comput. 4:720-736, eq. 10.
        """
        logit_TN = self._logit(posterior)
        spread_TN = np.einsum(
            "nk,tkl,nl->tn",
            self.loading_Nk_,
            posterior.covariance_Tkk,
            self.loading_Nk_,
            optimize=True,
        )
        return np.asarray(logistic(logit_TN / np.sqrt(1 + np.pi / 8 * spread_TN)), np.float64)

    def probability_at_mean(self, posterior: Posterior) -> Floats:
        """The expected score (T, N) at the posterior's mean."""
        return np.asarray(logistic(self._logit(posterior)), np.float64)

    @property
    def traits_Nd(self) -> Floats:
        """The items' parameters, (N, 1 + k): ease and loadings."""
        return np.column_stack([self.bias_N_, self.loading_Nk_])

    def _logit(self, posterior: Posterior) -> Floats:
        return self.bias_N_ + posterior.mean_Tk @ self.loading_Nk_.T

    def _prior(self) -> "_Prior":
        others = self.factors - 1
        return _Prior(
            np.array([1.0] + [0.0] * others),
            np.array([self.ability_loading_sd] + [_OTHER_LOADING_SD] * others),
            np.array([_ABILITY_SD] + [1.0] * others),
        )


def published_model(scores_MN: NDArray[np.float64]) -> FactorModel:
    """The item response model of p-IRT, gp-IRT and IRT anchors: six abilities, or fewer.

    Source: arXiv:2402.14992, section 3; the priors are this package's.
    """
    factors = max(1, min(_PUBLISHED_FACTORS, len(scores_MN) - 2))
    return FactorModel(_PUBLISHED_LOADING_SD, factors).fit(scores_MN)


class _Prior(NamedTuple):
    loading_mean_k: Floats
    loading_sd_k: Floats
    factor_sd_k: Floats


class _Penalty(NamedTuple):
    mean_k: Floats
    precision_k: Floats


def _start(scores_MN: NDArray[Any], factors: int) -> tuple[Floats, Floats, Floats]:
    """Logits of the means, and the leading singular vectors of what they leave."""
    M, N = scores_MN.shape
    share_M = (scores_MN.sum(axis=1) + 0.5) / (N + 1)
    share_N = (scores_MN.sum(axis=0) + 0.5) / (M + 1)
    ability_M, bias_N = np.log(share_M / (1 - share_M)), np.log(share_N / (1 - share_N))
    ability_M = ability_M - ability_M.mean()
    factor_Mk, loading_Nk = np.zeros((M, factors)), np.zeros((N, factors))
    factor_Mk[:, 0], loading_Nk[:, 0] = ability_M, 1.0
    residual_MN = scores_MN - logistic(bias_N + ability_M[:, None])
    value_M, vector_MM = np.linalg.eigh(residual_MN @ residual_MN.T)
    for factor in range(1, min(factors, M)):
        direction_M = vector_MM[:, -factor]
        factor_Mk[:, factor] = direction_M * np.sqrt(M)
        loading_N = 4 * (direction_M @ residual_MN) / np.sqrt(M)
        excess = max(loading_N.std() / _OTHER_LOADING_SD, 1.0)
        loading_Nk[:, factor] = loading_N / excess if value_M[-factor] > 1e-9 else 0.0
    return bias_N, loading_Nk, factor_Mk


def _newton_step(
    scores_RS: NDArray[Any],
    feature_Sd: Floats,
    coefficient_Rd: Floats,
    penalty: _Penalty,
    observed_RS: NDArray[np.bool_] | None,
    offset_S: Floats | float = 0.0,
) -> Floats:
    """One step of R penalised logistic regressions that share their S rows of features."""
    # Single precision: these arrays are as large as the history, and steps need not be exact.
    feature_Sd = feature_Sd.astype(np.float32)
    logit_RS = coefficient_Rd.astype(np.float32) @ feature_Sd.T + np.asarray(offset_S, np.float32)
    probability_RS = logistic(logit_RS)
    weight_RS = probability_RS * (1 - probability_RS)
    error_RS = np.subtract(scores_RS, probability_RS, out=probability_RS)
    if observed_RS is not None:
        error_RS, weight_RS = error_RS * observed_RS, weight_RS * observed_RS
    slope_Rd = error_RS @ feature_Sd - (coefficient_Rd - penalty.mean_k) * penalty.precision_k
    d = feature_Sd.shape[1]
    product_Sdd = (feature_Sd[:, :, None] * feature_Sd[:, None, :]).reshape(-1, d * d)
    information_Rdd = (weight_RS @ product_Sdd).reshape(-1, d, d) + np.diag(penalty.precision_k)
    step_Rd = np.linalg.solve(information_Rdd, slope_Rd[..., None])[..., 0]
    return np.asarray(coefficient_Rd + _shorten(step_Rd, 3.0), np.float64)


def _information(loading_Tnk: Floats, probability_Tn: Floats, prior_kk: Floats) -> Floats:
    weight_Tn = probability_Tn * (1 - probability_Tn)
    data_Tkk = (loading_Tnk * weight_Tn[..., None]).transpose(0, 2, 1) @ loading_Tnk
    return np.asarray(data_Tkk + prior_kk, np.float64)


def _shorten(step_Rd: Floats, longest: float) -> Floats:
    # Newton's method overshoots from a flat start, and would not come back.
    length_R = np.linalg.norm(step_Rd, axis=1, keepdims=True)
    scale_R = np.minimum(1.0, longest / np.maximum(length_R, 1e-12))
    return np.asarray(step_Rd * scale_R, np.float64)


def _identify(
    bias_N: Floats, loading_Nk: Floats, factor_Mk: Floats
) -> tuple[Floats, Floats, Floats]:
    """Rescale a model to factors of mean 0, all but ability of standard deviation 1."""
    mean_k = factor_Mk.mean(axis=0)
    bias_N, factor_Mk = bias_N + loading_Nk @ mean_k, factor_Mk - mean_k
    scale_k = factor_Mk.std(axis=0)
    scale_k[0] = 1.0
    scale_k = np.where(scale_k > 1e-6, scale_k, 1.0)
    return bias_N, loading_Nk * scale_k, factor_Mk / scale_k
