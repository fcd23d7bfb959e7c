"""A target's factors as its scores come in one at a time, and what is expected of every item."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.irt.factor_model import FactorModel, Floats
from eval_predict.stats.logistic import logistic

_CHANCES = (1e-6, 1 - 1e-6)


class Belief(NamedTuple):
    """Gaussian factors of T targets: a mean (T, k) and a covariance (T, k, k)."""

    mean_Tk: Floats
    covariance_Tkk: Floats

    @classmethod
    def before(cls, factors: FactorModel, targets: int) -> "Belief":
        """The mean and covariance of the history's models."""
        covariance_kk = np.linalg.inv(factors.precision_within_kk_)
        k = len(covariance_kk)
        mean_Tk = np.tile(factors.factor_Mk_.mean(axis=0), (targets, 1))
        return cls(mean_Tk, np.broadcast_to(covariance_kk, (targets, k, k)).copy())

    def chances(self, factors: FactorModel) -> Floats:
        """The expected scores (T, N)."""
        return np.asarray(
            np.clip(logistic(factors.bias_N_ + self.mean_Tk @ factors.loading_Nk_.T), *_CHANCES)
        )

    def after(self, factors: FactorModel, item_T: NDArray[np.intp], score_T: Floats) -> "Belief":
        """The belief once each target's score on one item is known.

        Source: one step of Newton's method from the belief so far, with the rank-one update of
        the covariance (arXiv:2601.20251, section 4.1).
        """
        loading_Tk = factors.loading_Nk_[item_T]
        logit_T = factors.bias_N_[item_T] + (loading_Tk * self.mean_Tk).sum(axis=1)
        probability_T = np.clip(logistic(logit_T), *_CHANCES)
        weight_T = probability_T * (1 - probability_T)
        along_Tk = (self.covariance_Tkk @ loading_Tk[..., None])[..., 0]
        shrink_T = weight_T / (1 + weight_T * (along_Tk * loading_Tk).sum(axis=1))
        outer_Tkk = along_Tk[:, :, None] * along_Tk[:, None, :]
        covariance_Tkk = self.covariance_Tkk - shrink_T[:, None, None] * outer_Tkk
        step_Tk = (covariance_Tkk @ loading_Tk[..., None])[..., 0]
        return Belief(self.mean_Tk + (score_T - probability_T)[:, None] * step_Tk, covariance_Tkk)
