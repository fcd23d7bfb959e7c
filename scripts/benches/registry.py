"""What a benchmark is, and how two ways of doing a thing are timed against each other."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to measure, and how much work it can be given.

    Attributes:
        name: `tiny`, or `100m`.
        model: A transformers causal language model in evaluation mode.
        candidates: What ours is given.
        part: One of so many of them is given to theirs, which is slower.
    """

    name: str
    model: Any
    candidates: int
    part: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Two rates of the same unit."""

    ours: float
    theirs: float
    unit: str

    @property
    def ratio(self) -> float:
        """How many times theirs ours is."""
        return self.ours / self.theirs


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named comparison.

    Attributes:
        name: As in the output.
        target: The least ratio that is aimed at.
        subjects: Names of the models that it is run on.
        measure: Takes a model and how often each way is timed.
    """

    name: str
    target: float
    subjects: tuple[str, ...]
    measure: Callable[[Subject, int], Measured]


def seconds(repeats: int, *ways: Callable[[], object]) -> list[float]:
    """Least time of each way, taken in turn so that a busy machine slows them alike.

    On a CPU it is the processor's time, all threads together, which other work does not stretch;
    on a GPU the time that passes, so a way has to end by bringing its result to the host.
    """
    import torch

    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    least = [float("inf")] * len(ways)
    for _ in range(repeats):
        for i, way in enumerate(ways):
            began = clock()
            way()
            least[i] = min(least[i], clock() - began)
    return least
