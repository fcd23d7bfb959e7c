"""The multidimensional two-parameter logistic item response model, fitted by Newton's method."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 6
_ROUNDS = 15
_ABILITY_STEPS = 12
_MAX_STEP = 2.0
_ABILITY_SPREAD = 3.0  # of the first dimension, in logits; that of the others is 1
_EASE_SPREAD = 2.0
_FIRST_LOADING = (1.0, 0.5)  # prior mean and spread
_OTHER_SPREAD = 0.4


class ItemResponses(NamedTuple):
    """`logit P(model m solves item i) = ease_i + loading_i · ability_m`, with K dimensions.

    Attributes:
        ease_N: how easy each item is.
        loading_NK: how much each item asks of each ability; near 1 in the first dimension.
        ability_MK: what the fitted models have of each, centred.
    """

    ease_N: NDArray[np.float64]
    loading_NK: NDArray[np.float64]
    ability_MK: NDArray[np.float64]

    @property
    def traits_NK(self) -> NDArray[np.float64]:
        """What tells items apart, (N, 1 + K): ease and loadings."""
        return np.hstack([self.ease_N[:, None], self.loading_NK])

    def abilities(
        self, items_n: NDArray[np.intp], scores_tn: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The most probable abilities (t, K) of targets from their scores on n items."""
        K = self.loading_NK.shape[1]
        ability_tK = np.zeros((len(scores_tn), K))
        prior = np.zeros(K), _ability_precision(K)
        for _ in range(_ABILITY_STEPS):
            ability_tK = _newton(
                ability_tK, self.loading_NK[items_n], self.ease_N[items_n], scores_tn, *prior
            )
        return ability_tK

    def probability(self, ability_tK: NDArray[np.float64]) -> NDArray[np.float64]:
        """The expected score (t, N) on every item."""
        return _logistic(ability_tK @ self.loading_NK.T + self.ease_N)


def fit_irt(scores_MN: NDArray[np.float64], dimensions: int = DIMENSIONS) -> ItemResponses:
    """The most probable items and abilities, in turn all items at once and all models at once.

    Args:
        scores_MN: complete scores in [0, 1] of M ≥ 2 models; a share of a point is taken for as
            many solved out of one.
        dimensions: K, made smaller where there are few models.

    Source: Reckase 2009, Multidimensional Item Response Theory, chapter 4 (the model); the priors,
    which keep perfect and hopeless items finite, are ours.
    """
    K = max(1, min(dimensions, len(scores_MN) - 2))
    ability_MK = _start(scores_MN, K)
    item_NL = np.zeros((scores_MN.shape[1], K + 1))
    item_NL[:, 0] = _logit(scores_MN.mean(axis=0), len(scores_MN))
    item_NL[:, 1] = _FIRST_LOADING[0]
    spread_L = np.array([_EASE_SPREAD, _FIRST_LOADING[1]] + [_OTHER_SPREAD] * (K - 1))
    for _ in range(_ROUNDS):
        prior_L = np.zeros(K + 1)
        prior_L[:2] = item_NL[:, 0].mean(), _FIRST_LOADING[0]
        known_ML = np.hstack([np.ones((len(ability_MK), 1)), ability_MK])
        precision_LL = np.diag(spread_L**-2)
        item_NL = _newton(
            item_NL, known_ML, np.zeros(len(known_ML)), scores_MN.T, prior_L, precision_LL
        )
        ability_MK = _newton(
            ability_MK, item_NL[:, 1:], item_NL[:, 0], scores_MN, np.zeros(K), _ability_precision(K)
        )
        # Only differences of ability can be told from ease: the mean goes over to the items.
        centre_K = ability_MK.mean(axis=0)
        ability_MK = ability_MK - centre_K
        item_NL[:, 0] += item_NL[:, 1:] @ centre_K
    return ItemResponses(item_NL[:, 0], item_NL[:, 1:], ability_MK)


def _newton(
    value_RK: NDArray[np.float64],
    known_CK: NDArray[np.float64],
    offset_C: NDArray[np.float64],
    scores_RC: NDArray[np.float64],
    prior_K: NDArray[np.float64],
    precision_KK: NDArray[np.float64],
) -> NDArray[np.float64]:
    """One step for R logistic regressions of C scores each on the same K known columns."""
    chance_RC = _logistic(value_RK @ known_CK.T + offset_C)
    gradient_RK = (scores_RC - chance_RC) @ known_CK - (value_RK - prior_K) @ precision_KK
    C, K = known_CK.shape
    pairs = (known_CK[:, :, None] * known_CK[:, None, :]).reshape(C, K * K)
    curve_RKK = ((chance_RC * (1 - chance_RC)) @ pairs).reshape(-1, K, K) + precision_KK
    step_RK = np.linalg.solve(curve_RKK, gradient_RK[:, :, None])[:, :, 0]
    return np.asarray(value_RK + np.clip(step_RK, -_MAX_STEP, _MAX_STEP))


def _start(scores_MN: NDArray[np.float64], dimensions: int) -> NDArray[np.float64]:
    """Abilities (M, K): the logit of the mean, then what the residuals vary by most."""
    lead_M = _logit(scores_MN.mean(axis=1), scores_MN.shape[1])
    ability_MK = np.zeros((len(scores_MN), dimensions))
    ability_MK[:, 0] = lead_M - lead_M.mean()
    if dimensions > 1:
        left_MN = scores_MN - scores_MN.mean(axis=0) - scores_MN.mean(axis=1, keepdims=True)
        left_MN += scores_MN.mean()
        _, vectors = np.linalg.eigh(left_MN @ left_MN.T)
        leading_MK = vectors[:, :-dimensions:-1] * np.sqrt(len(scores_MN))
        # Which way a vector points is left open by the decomposition.
        ability_MK[:, 1:] = leading_MK * np.sign((leading_MK**3).sum(axis=0))
    return ability_MK


def _ability_precision(dimensions: int) -> NDArray[np.float64]:
    return np.diag([_ABILITY_SPREAD**-2] + [1.0] * (dimensions - 1))


def _logistic(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def _logit(share: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The logit of a mean of `count` scores, half a score added to either side."""
    smooth = (share * count + 0.5) / (count + 1)
    return np.asarray(np.log(smooth / (1 - smooth)))
