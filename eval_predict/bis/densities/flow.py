"""A normalising flow of affine coupling layers."""

import math
from typing import TYPE_CHECKING, Any

from eval_predict.bis.densities.network import NetworkDensity

if TYPE_CHECKING:
    import torch

_LAYERS = 4
_HIDDEN = 64


class CouplingFlow(NetworkDensity):
    """Each layer scales and shifts half of the features by what the other half says.

    Scales are bounded by tanh, so that a point far out cannot blow up the density.

    Source: arXiv:1605.08803 (real NVP).
    """

    def _network(self, num_features: int) -> Any:
        from torch import Generator, nn, randperm, zeros

        network = nn.Module()
        network.couplings = nn.ModuleList()
        fixed = Generator().manual_seed(self.seed)
        for _ in range(_LAYERS):
            coupling = nn.Module()
            order = randperm(num_features, generator=fixed)
            seen = max(1, num_features // 2)
            coupling.register_buffer("seen", order[:seen].clone())
            coupling.register_buffer("moved", order[seen:].clone())
            coupling.net = nn.Sequential(
                nn.Linear(seen, _HIDDEN),
                nn.ReLU(),
                nn.Linear(_HIDDEN, 2 * (num_features - seen)),
            )
            # It starts as the identity.
            for parameter in coupling.net[-1].parameters():
                nn.init.zeros_(parameter)
            network.couplings.append(coupling)
        network.log_scale = nn.Parameter(zeros(num_features))
        network.shift = nn.Parameter(zeros(num_features))
        return network

    def _log_prob(
        self, points: "torch.Tensor", generator: "torch.Generator", final: bool
    ) -> "torch.Tensor":
        network = self.network_
        code = (points - network.shift) * network.log_scale.exp()
        log_volume = network.log_scale.sum()
        for coupling in network.couplings:
            raw_scale, shift = coupling.net(code[:, coupling.seen]).chunk(2, dim=1)
            scale = raw_scale.tanh()
            moved = code[:, coupling.moved] * scale.exp() + shift
            code = code.index_copy(1, coupling.moved, moved)
            log_volume = log_volume + scale.sum(1)
        constant = 0.5 * points.shape[1] * math.log(2 * math.pi)
        density: torch.Tensor = -0.5 * code.square().sum(1) + log_volume - constant
        return density
