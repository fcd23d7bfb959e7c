"""The interface of every density: fit on points, then evaluate the density of points."""

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray


class Density(ABC):
    """A density over D features that are scaled to about unit variance.

    A fit may start from another of the same kind, so that the two share what they have in common
    and the noise of it cancels in their ratio.
    """

    @abstractmethod
    def fit(self, points_ND: NDArray[np.float64], start: Self | None = None) -> Self:
        """Fit to N points, from `start` where it is given."""

    @abstractmethod
    def log_prob(self, points_ND: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log density (N,) of N points, up to a constant that all points share."""
