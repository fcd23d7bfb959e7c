import numpy as np
import pytest
from scipy.stats import norm

from eval_predict.bis.densities.flow import CouplingFlow


def test_before_any_step_it_is_a_standard_gaussian():
    points_ND = np.random.default_rng(0).normal(size=(50, 4))
    density = CouplingFlow(epochs=0).fit(points_ND)
    assert density.log_prob(points_ND) == pytest.approx(
        norm.logpdf(points_ND).sum(axis=1), abs=1e-4
    )


def test_a_trained_density_integrates_to_one():
    """A sum over a fine grid: the change of volume has to be right for it."""
    rng = np.random.default_rng(0)
    first_N = rng.normal(size=400)
    points_ND = np.stack([first_N, 0.5 * first_N**2 + 0.5 * rng.normal(size=400)], axis=1)
    density = CouplingFlow(epochs=10).fit(points_ND)
    steps = np.arange(-8, 8, 0.1)
    grid_GD = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    assert np.exp(density.log_prob(grid_GD)).sum() * 0.1**2 == pytest.approx(1, abs=0.02)
