"""A mixture of Gaussians with diagonal covariances."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.densities.density import Density

_POINTS_A_COMPONENT = 50
_MOST_COMPONENTS = 8


class GaussianMixture(Density):
    """scikit-learn's mixture; as many components as there are points for, eight at most."""

    mixture_: Any

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, points_ND: NDArray[np.float64], start: Self | None = None) -> Self:
        """Fit by expectation-maximisation, from the components of `start` where it is given."""
        from sklearn.mixture import GaussianMixture as Mixture

        count = max(1, min(len(points_ND) // _POINTS_A_COMPONENT, _MOST_COMPONENTS))
        self.mixture_ = Mixture(
            n_components=start.mixture_.n_components if start else count,
            covariance_type="diag",
            reg_covar=1e-2,
            max_iter=200,
            means_init=start.mixture_.means_ if start else None,
            weights_init=start.mixture_.weights_ if start else None,
            precisions_init=start.mixture_.precisions_ if start else None,
            random_state=self.seed,
        ).fit(points_ND)
        return self

    def log_prob(self, points_ND: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log density (N,)."""
        return np.asarray(self.mixture_.score_samples(points_ND), np.float64)
