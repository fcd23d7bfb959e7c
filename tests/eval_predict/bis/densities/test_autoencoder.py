import math

import numpy as np
import torch

from eval_predict.bis.densities.autoencoder import ImportanceWeightedAutoencoder

POINTS = np.random.default_rng(0).normal(size=(40, 3))


def test_the_decoders_density_is_that_of_a_gaussian_around_what_it_decodes():
    """The expanded square, against the square itself."""
    density = ImportanceWeightedAutoencoder(2, epochs=1).fit(POINTS)
    points = torch.from_numpy(POINTS.astype(np.float32))
    hidden_KBH = torch.rand((2, len(points), 64), generator=torch.Generator().manual_seed(0))
    network = density.network_
    gaussian = torch.distributions.Normal(network.output(hidden_KBH), network.log_noise.exp())
    constant = 0.5 * points.shape[1] * math.log(2 * math.pi)
    expected_KB = gaussian.log_prob(points).sum(-1) + constant
    found_KB = density._decoded(points, hidden_KBH)
    torch.testing.assert_close(found_KB, expected_KB, atol=1e-3, rtol=0)


def test_more_samples_make_the_bound_tighter():
    """The bound rises with K in expectation (arXiv:1509.00519, theorem 1)."""
    density = ImportanceWeightedAutoencoder(1, epochs=3).fit(POINTS)
    points = torch.from_numpy(np.tile(POINTS, (50, 1)).astype(np.float32))
    generator = torch.Generator().manual_seed(1)
    bounds = [density._bound(points, k, generator).mean().item() for k in (1, 8, 64)]
    assert bounds == sorted(bounds)
