"""Densities that are torch networks: how they are trained, and what they share."""

import copy
import math
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.densities.density import Density

if TYPE_CHECKING:
    import torch

_STEPS = 16  # an epoch of fewer would stop early for want of steps
_BATCH = (32, 256)
_ROWS = 1024  # points whose density is taken at a time
_RATE = 2e-3
_PATIENCE = 5


class NetworkDensity(Density):
    """A density whose parameters are learnt by Adam, with early stopping on a held-out tenth.

    Args:
        seed: of the parameters, the batches and every draw.
        epochs: passes over the points at most.
    """

    network_: Any

    def __init__(self, seed: int = 0, epochs: int = 40) -> None:
        self.seed = seed
        self.epochs = epochs

    def fit(self, points_ND: NDArray[np.float64], start: Self | None = None) -> Self:
        """Fit by stochastic gradient steps, from the parameters of `start` where it is given."""
        import torch

        generator = torch.Generator().manual_seed(self.seed)
        # Layers draw their parameters from the global state, which is put back afterwards.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.network_ = (
                copy.deepcopy(start.network_) if start else self._network(points_ND.shape[1])
            )
        points = torch.from_numpy(points_ND.astype(np.float32))
        order = torch.randperm(len(points), generator=generator)
        held = max(1, len(points) // 10) if len(points) > 1 else 0
        with _one_thread():
            self._train(points[order[held:]], points[order[:held]], generator)
        return self

    def log_prob(self, points_ND: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log density (N,); the same draws for every fit of this seed, so that noise cancels."""
        import torch

        points = torch.from_numpy(points_ND.astype(np.float32))
        generator = torch.Generator().manual_seed(self.seed)
        with _one_thread(), torch.no_grad():
            parts = [self._log_prob(part, generator, True) for part in torch.split(points, _ROWS)]
        return np.asarray(torch.cat(parts).double().numpy(), np.float64)

    def _train(
        self, points: "torch.Tensor", held: "torch.Tensor", generator: "torch.Generator"
    ) -> None:
        import torch

        size = min(max(len(points) // _STEPS, _BATCH[0]), _BATCH[1])
        optimizer = torch.optim.Adam(self.network_.parameters(), lr=_RATE)
        best, kept, waited = math.inf, copy.deepcopy(self.network_.state_dict()), 0
        for _ in range(self.epochs):
            order = torch.randperm(len(points), generator=generator)
            for rows in torch.split(order, size):
                loss = -self._log_prob(points[rows], generator, False).mean()
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            with torch.no_grad():
                watched = held if len(held) else points
                # The same draws each time, or the best epoch would be the luckiest.
                fixed = torch.Generator().manual_seed(self.seed)
                missed = -float(self._log_prob(watched, fixed, False).mean())
            if missed < best:
                best, kept, waited = missed, copy.deepcopy(self.network_.state_dict()), 0
            else:
                waited += 1
            if waited == _PATIENCE:
                break
        self.network_.load_state_dict(kept)

    @abstractmethod
    def _network(self, num_features: int) -> Any:
        """A module with fresh parameters."""

    @abstractmethod
    def _log_prob(
        self, points: "torch.Tensor", generator: "torch.Generator", final: bool
    ) -> "torch.Tensor":
        """Log density (B,) of points (B, D), or a lower bound; `final` asks for a tighter one."""


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: on arrays this small others only wait, on a busy machine for long.

    Measured with 5,000 points of 384 features: 4 s on one thread, up to 100 s on two where other
    processes wanted the cores.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
