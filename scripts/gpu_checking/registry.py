"""What a check is, where it works, and what it measures."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "recipes" / "tiny_arith.yaml"
TINY = ROOT / "recipes" / "tiny_arith" / "model"

# Numbers and words by name, as they go to the JSON file.
Figures = dict[str, Any]


class CheckError(AssertionError):
    """The machine did something else than the check expects."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a check works.

    Attributes:
        folder: for its files.
        small: whether it is a rehearsal without a GPU, with as little work as shows anything.
    """

    folder: Path
    small: bool

    def pick(self, whole: int, small: int) -> int:
        """An amount of work."""
        return small if self.small else whole


@dataclass(frozen=True, slots=True)
class Check:
    """A named check.

    Attributes:
        name: as in the output.
        aim: what passes it.
        run: takes a place, and a dictionary that it fills with figures; raises where it fails.
        alone: whether it measures time, so that nothing else may run beside it.
        seconds: after which it is ended.
    """

    name: str
    aim: str
    run: Callable[[Place, Figures], None]
    alone: bool = False
    seconds: float = 120.0


def require(holds: bool, text: str) -> None:
    """Fail unless it holds.

    Raises:
        CheckError: it does not.
    """
    if not holds:
        raise CheckError(text)


def on_gpu() -> bool:
    """Whether PyTorch sees a GPU."""
    import torch

    return torch.cuda.is_available()


def now() -> float:
    """Seconds of a clock, once the GPU has done what it was given."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def forget_peak() -> None:
    """Begin a new measurement of the GPU's memory."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak_gib() -> float:
    """Most memory that PyTorch held on the GPU since `forget_peak`, in GiB; 0 without a GPU."""
    import torch

    held = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
    return round(held / 2**30, 3)
