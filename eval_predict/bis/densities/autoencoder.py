"""The importance-weighted autoencoder; with one sample it is the variational autoencoder."""

import math
from typing import TYPE_CHECKING, Any

from eval_predict.bis.densities.network import NetworkDensity

if TYPE_CHECKING:
    import torch

_LATENT = 16
_HIDDEN = 64
_FINAL_SAMPLES = 256
_FINAL_ELEMENTS = 1 << 23  # numbers in a working array when densities are taken


class ImportanceWeightedAutoencoder(NetworkDensity):
    """A Gaussian decoder with learnt noise a feature, fitted to the K-sample bound.

    The bound is `E log (1/K) Σ p(x, z_k) / q(z_k | x)`; for K = 1 it is the evidence bound of a
    variational autoencoder. Densities are taken with 256 samples.

    Args:
        samples: K.
        seed: as in `NetworkDensity`.
        epochs: as in `NetworkDensity`.

    Source: arXiv:1509.00519; arXiv:2508.01203 (K = 10); arXiv:1312.6114 (K = 1).
    """

    def __init__(self, samples: int = 10, seed: int = 0, epochs: int = 40) -> None:
        super().__init__(seed, epochs)
        self.samples = samples

    def _network(self, num_features: int) -> Any:
        from torch import nn, zeros

        network = nn.Module()
        network.encoder = nn.Sequential(
            nn.Linear(num_features, _HIDDEN), nn.Tanh(), nn.Linear(_HIDDEN, 2 * _LATENT)
        )
        network.decoder = nn.Sequential(nn.Linear(_LATENT, _HIDDEN), nn.Tanh())
        network.output = nn.Linear(_HIDDEN, num_features)
        network.log_noise = nn.Parameter(zeros(num_features))
        return network

    def _log_prob(
        self, points: "torch.Tensor", generator: "torch.Generator", final: bool
    ) -> "torch.Tensor":
        import torch

        if not final:
            return self._bound(points, self.samples, generator)
        step = max(1, _FINAL_ELEMENTS // (_FINAL_SAMPLES * _HIDDEN))
        parts = [self._bound(part, _FINAL_SAMPLES, generator) for part in torch.split(points, step)]
        return torch.cat(parts)

    def _bound(
        self, points: "torch.Tensor", samples: int, generator: "torch.Generator"
    ) -> "torch.Tensor":
        import torch

        mean_BZ, raw_BZ = self.network_.encoder(points).chunk(2, dim=1)
        log_scale_BZ = raw_BZ.clamp(-6, 3)
        noise_KBZ = torch.randn((samples, *mean_BZ.shape), generator=generator)
        latent_KBZ = mean_BZ + log_scale_BZ.exp() * noise_KBZ
        # The constants of prior and posterior cancel; the decoder's is the only one left.
        decoded_KB = self._decoded(points, self.network_.decoder(latent_KBZ))
        prior_KB = -0.5 * latent_KBZ.square().sum(-1)
        posterior_KB = -0.5 * noise_KBZ.square().sum(-1) - log_scale_BZ.sum(-1)
        ratio_KB = decoded_KB + prior_KB - posterior_KB
        constant = 0.5 * points.shape[1] * math.log(2 * math.pi) + math.log(samples)
        bound_B: torch.Tensor = ratio_KB.logsumexp(0) - constant
        return bound_B

    def _decoded(self, points: "torch.Tensor", hidden_KBH: "torch.Tensor") -> "torch.Tensor":
        """Log density (K, B) of points given the decoder's last hidden layer, but for a constant.

        The squared distance is expanded, so that no array of K by B by D is ever made: it would
        cost most of the time where there are many features.
        """
        log_noise_D = self.network_.log_noise.clamp(-4, 3)
        weight_DH = self.network_.output.weight / log_noise_D.exp()[:, None]
        off_BD = (points - self.network_.output.bias) / log_noise_D.exp()
        squared_B = off_BD.square().sum(-1)
        cross_KB = (hidden_KBH * (off_BD @ weight_DH)).sum(-1)
        square_KB = (hidden_KBH @ (weight_DH.T @ weight_DH) * hidden_KBH).sum(-1)
        decoded_KB: torch.Tensor = cross_KB - 0.5 * (squared_B + square_KB) - log_noise_D.sum()
        return decoded_KB
