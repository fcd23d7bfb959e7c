"""Every density: it learns a Gaussian, repeats by its seed, and can start from another."""

import numpy as np
import pytest

from eval_predict.bis.densities.autoencoder import ImportanceWeightedAutoencoder
from eval_predict.bis.densities.flow import CouplingFlow
from eval_predict.bis.densities.gmm import GaussianMixture
from eval_predict.bis.densities.rbm import BoltzmannMachine

KINDS = {
    "iwae": lambda: ImportanceWeightedAutoencoder(10),
    "vae": lambda: ImportanceWeightedAutoencoder(1),
    "flow": CouplingFlow,
    "gmm": GaussianMixture,
    "rbm": BoltzmannMachine,
}


def _points(seed, size=600, at=0.0):
    return np.random.default_rng(seed).normal(at, 1, size=(size, 4))


@pytest.mark.parametrize("kind", KINDS)
def test_likelier_points_have_the_higher_density(kind):
    density = KINDS[kind]().fit(_points(0))
    new_ND = _points(1, 300)
    # Of a standard Gaussian: −‖x‖² / 2 up to a constant.
    truth_N = -np.square(new_ND).sum(axis=1) / 2
    assert np.corrcoef(density.log_prob(new_ND), truth_N)[0, 1] > 0.9


@pytest.mark.parametrize("kind", ["iwae", "vae", "flow", "gmm"])
def test_density_of_a_gaussian_is_nearly_exact(kind):
    density = KINDS[kind]().fit(_points(0, 1200))
    new_ND = _points(1, 1000)
    truth = (-np.square(new_ND).sum(axis=1) / 2 - 2 * np.log(2 * np.pi)).mean()
    assert density.log_prob(new_ND).mean() == pytest.approx(truth, abs=0.15)


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_density_and_no_global_state(kind):
    points_ND = _points(2, 100)
    first_N = KINDS[kind]().fit(points_ND).log_prob(points_ND)
    np.random.default_rng(0).random(100)
    np.testing.assert_array_equal(KINDS[kind]().fit(points_ND).log_prob(points_ND), first_N)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_may_start_from_another_and_leaves_it_alone(kind):
    points_ND = _points(3, 100)
    start = KINDS[kind]().fit(points_ND)
    before_N = start.log_prob(points_ND)
    moved = KINDS[kind]().fit(points_ND[:50] + 1, start=start)
    np.testing.assert_array_equal(start.log_prob(points_ND), before_N)
    assert moved.log_prob(points_ND[:50] + 1).mean() > before_N.mean() - 5
