"""The direct method: a ridge regression of scores on features, evaluated at the target's mean."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PENALTIES = (*np.geomspace(0.003, 12, 13), 1e9)  # the last one is the source mean
_BLOCK = 256  # items whose products of features are held at a time


class Choice(NamedTuple):
    """A penalty's position in `PENALTIES`, and the mean squared leave-one-out error there."""

    position: int
    error_M: NDArray[np.float64]


class Ridge:
    """Ridge regressions with an intercept, at every penalty from one decomposition.

    Args:
        features_SF: (S, F) features of the source items.
        target_F: (F,) mean features of the target.
    """

    def __init__(self, features_SF: NDArray[np.float64], target_F: NDArray[np.float64]) -> None:
        self.mean_F = features_SF.mean(axis=0)
        self.centred_SF = features_SF - self.mean_F
        self.gap_F = target_F - self.mean_F
        square_F, self.axes_FF = np.linalg.eigh(self.centred_SF.T @ self.centred_SF)
        self.square_F = np.maximum(square_F, 0)
        self.turned_SF = self.centred_SF @ self.axes_FF

    def weights(self, position: int) -> NDArray[np.float64]:
        """Weights (S,), summing to one, whose product with the scores is the target's mean."""
        along_F = (self.gap_F @ self.axes_FF) / self._stiff_F(position)
        return np.asarray(1 / len(self.turned_SF) + self.turned_SF @ along_F)

    def leverage(self, position: int) -> NDArray[np.float64]:
        """How much (S,) of each fitted value is the item's own score."""
        leverage_S = np.square(self.turned_SF) @ (1 / self._stiff_F(position))
        return np.asarray(np.minimum(leverage_S + 1 / len(self.turned_SF), 1 - 1e-6))

    def fitted(self, scores_SM: NDArray[np.float64], position: int) -> NDArray[np.float64]:
        """Fitted values (S, M)."""
        along_FM = (self.turned_SF.T @ scores_SM) / self._stiff_F(position)[:, None]
        return np.asarray(scores_SM.mean(axis=0) + self.turned_SF @ along_FM)

    def slopes(self, scores_SM: NDArray[np.float64], position: int) -> NDArray[np.float64]:
        """Coefficients (F, M)."""
        along_FM = (self.turned_SF.T @ scores_SM) / self._stiff_F(position)[:, None]
        return np.asarray(self.axes_FF @ along_FM)

    def transposed(self, weight_S: NDArray[np.float64], position: int) -> NDArray[np.float64]:
        """The weights (S,) that weighting the fitted values by `weight_S` puts on the scores."""
        along_F = (self.turned_SF.T @ weight_S) / self._stiff_F(position)
        return np.asarray(weight_S.sum() / len(weight_S) + self.turned_SF @ along_F)

    def fill(self, scores_SM: NDArray[np.float64], position: int) -> NDArray[np.float64]:
        """The scores with each missing one replaced so that it does not move its model's fit.

        A least-squares fit is not moved by a point that lies on it: with hat matrix H and the
        missing rows U, `(I − H_UU) y_U = H_UO y_O`.
        """
        filled_SM = scores_SM.copy()
        for column in np.flatnonzero(np.isnan(scores_SM).any(axis=0)):
            gap_S = np.isnan(scores_SM[:, column])
            turned_UF = self.turned_SF[gap_S]
            stiff_F = self._stiff_F(position)
            hat_UU = (turned_UF / stiff_F) @ turned_UF.T + 1 / len(gap_S)
            filled_S = np.where(gap_S, 0, scores_SM[:, column])
            reach_U = self.fitted(filled_S[:, None], position)[gap_S, 0]
            filled_SM[gap_S, column] = np.linalg.solve(np.eye(len(hat_UU)) - hat_UU, reach_U)
        return filled_SM

    def choose(self, scores_SM: NDArray[np.float64]) -> Choice:
        """The penalty with the least leave-one-out error, the same for all M models.

        Errors are taken as shares of a model's variance, so that no model counts more.

        Args:
            scores_SM: (S, M) scores, NaN for missing.
        """
        seen_SM = ~np.isnan(scores_SM)
        variance_M = np.nanvar(scores_SM, axis=0)
        varied_M = variance_M > 1e-12
        losses, errors = [], []
        for position in range(len(PENALTIES)):
            filled_SM = self.fill(scores_SM, position)
            off_SM = filled_SM - self.fitted(filled_SM, position)
            off_SM /= 1 - self.leverage(position)[:, None]
            square_SM = np.where(seen_SM, off_SM**2, 0)
            errors.append(square_SM.sum(axis=0) / seen_SM.sum(axis=0))
            shares_SM = square_SM[:, varied_M] / variance_M[varied_M]
            losses.append(shares_SM.sum())
        position = int(np.argmin(losses))
        return Choice(position, errors[position])

    def _stiff_F(self, position: int) -> NDArray[np.float64]:
        return np.asarray(self.square_F + len(self.turned_SF) * PENALTIES[position])


class RidgeReplicates:
    """The ridge of bootstrap samples of the items, at any penalty, without fitting scores.

    Args:
        features_SF: as in `Ridge`.
        target_F: as in `Ridge`.
        count_RS: (R, S) how often each item is in each of R samples.
    """

    def __init__(
        self,
        features_SF: NDArray[np.float64],
        target_F: NDArray[np.float64],
        count_RS: NDArray[np.float64],
    ) -> None:
        self.features_SF = features_SF
        self.count_RS = count_RS
        size_R = count_RS.sum(axis=1)
        self.mean_RF = count_RS @ features_SF / size_R[:, None]
        self.gap_RF = target_F - self.mean_RF

    @cached_property
    def gram_RFF(self) -> NDArray[np.float64]:
        """Centred Gram matrices (R, F, F), made on first access.

        Products of features are formed once for all samples, as one half of a symmetric matrix.
        """
        size_R, (S, F) = self.count_RS.sum(axis=1), self.features_SF.shape
        row_P, column_P = np.triu_indices(F)
        half_RP = np.zeros((len(size_R), row_P.size))
        for first in range(0, S, _BLOCK):
            block_BF = self.features_SF[first : first + _BLOCK]
            product_BP = block_BF[:, row_P] * block_BF[:, column_P]
            half_RP += self.count_RS[:, first : first + _BLOCK] @ product_BP
        half_RP -= size_R[:, None] * self.mean_RF[:, row_P] * self.mean_RF[:, column_P]
        gram_RFF = np.empty((len(size_R), F, F))
        gram_RFF[:, row_P, column_P] = gram_RFF[:, column_P, row_P] = half_RP
        return gram_RFF

    def weights(
        self, position: int, pull_RS: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Weights (R, S) as `Ridge.weights`, or those by which `pull_RS` weighs fitted values."""
        S, F = self.features_SF.shape
        if pull_RS is None:
            share_R, gap_RF = np.ones(len(self.count_RS)), self.gap_RF
        else:
            share_R = pull_RS.sum(axis=1)
            gap_RF = pull_RS @ self.features_SF - share_R[:, None] * self.mean_RF
        stiff_RFF = self.gram_RFF + S * PENALTIES[position] * np.eye(F)
        slope_RF = np.linalg.solve(stiff_RFF, gap_RF[..., None])[..., 0]
        moved_RS = slope_RF @ self.features_SF.T - (slope_RF * self.mean_RF).sum(axis=1)[:, None]
        return np.asarray(self.count_RS * (share_R[:, None] / S + moved_RS))
