import numpy as np
import pytest
from scipy.stats import multivariate_normal

from eval_predict.bis.densities.gmm import GaussianMixture


def test_few_points_give_one_gaussian_with_a_floor_under_its_variance():
    """Its mean and variances are those of the points, and 0.01 is added to the latter."""
    points_ND = np.random.default_rng(0).normal([1, -2], [1, 3], size=(60, 2))
    variance_D = points_ND.var(axis=0) + 0.01
    expected = multivariate_normal(points_ND.mean(axis=0), np.diag(variance_D))
    density = GaussianMixture().fit(points_ND)
    assert density.log_prob(points_ND) == pytest.approx(expected.logpdf(points_ND), abs=1e-6)


@pytest.mark.parametrize(("points", "components"), [(10, 1), (149, 2), (400, 8), (1000, 8)])
def test_there_is_a_component_for_every_fifty_points_and_eight_at_most(points, components):
    points_ND = np.random.default_rng(0).normal(size=(points, 2))
    assert GaussianMixture().fit(points_ND).mixture_.n_components == components
