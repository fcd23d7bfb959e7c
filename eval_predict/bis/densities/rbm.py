"""A restricted Boltzmann machine with Gaussian visible and binary hidden units."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.densities.density import Density
from eval_predict.stats.logistic import logistic

_HIDDEN = 32
_EPOCHS = 60
_BATCH = 64
_RATE = 0.01
_DECAY = 1e-3


class BoltzmannMachine(Density):
    """Trained by contrastive divergence with one step; its partition function is left out.

    Energy of visible v and hidden h: ½‖v − b‖² − c·h − v·W h, so that
    `log p(v) = −½‖v − b‖² + Σ log(1 + exp(c + Wᵀv)) − log Z`. Z is one constant for all points,
    which normalised weights do not see.

    Source: Hinton 2002, Neural Computation 14:1771-1800.
    """

    weight_DH_: NDArray[np.float64]
    visible_D_: NDArray[np.float64]
    hidden_H_: NDArray[np.float64]

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, points_ND: NDArray[np.float64], start: Self | None = None) -> Self:
        """Fit by contrastive divergence, from the weights of `start` where it is given."""
        rng = np.random.default_rng(self.seed)
        D = points_ND.shape[1]
        self.weight_DH_ = (
            start.weight_DH_.copy() if start else rng.normal(0, 0.01, size=(D, _HIDDEN))
        )
        self.visible_D_ = start.visible_D_.copy() if start else points_ND.mean(axis=0)
        self.hidden_H_ = start.hidden_H_.copy() if start else np.zeros(_HIDDEN)
        for epoch in range(_EPOCHS):
            rate = _RATE * (1 - epoch / _EPOCHS)
            order = rng.permutation(len(points_ND))
            for first in range(0, len(order), _BATCH):
                self._step(points_ND[order[first : first + _BATCH]], rate, rng)
        return self

    def log_prob(self, points_ND: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log density (N,), without the log of the partition function."""
        distance_N = np.square(points_ND - self.visible_D_).sum(axis=1)
        drive_NH = self.hidden_H_ + points_ND @ self.weight_DH_
        return np.asarray(np.logaddexp(0, drive_NH).sum(axis=1) - distance_N / 2, np.float64)

    def _step(self, seen_BD: NDArray[np.float64], rate: float, rng: np.random.Generator) -> None:
        on_BH = logistic(self.hidden_H_ + seen_BD @ self.weight_DH_)
        drawn_BH = (rng.random(on_BH.shape) < on_BH).astype(np.float64)
        dream_BD = self.visible_D_ + drawn_BH @ self.weight_DH_.T
        dream_BD += rng.normal(size=dream_BD.shape)
        dream_on_BH = logistic(self.hidden_H_ + dream_BD @ self.weight_DH_)
        gradient_DH = (seen_BD.T @ on_BH - dream_BD.T @ dream_on_BH) / len(seen_BD)
        self.weight_DH_ += rate * (gradient_DH - _DECAY * self.weight_DH_)
        self.visible_D_ += rate * (seen_BD - dream_BD).mean(axis=0)
        self.hidden_H_ += rate * (on_BH - dream_on_BH).mean(axis=0)
