"""What a benchmark is, and how two ways of doing a thing are timed against each other."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Size:
    """How much work a model is given; theirs, which is slower, gets a part of it.

    Attributes:
        candidates: Scored by ours.
        part: One of so many of them is scored by theirs.
        questions: Sampled from by ours.
        few_questions: By theirs.
        rows: Trained on by ours.
        few_rows: By theirs.
    """

    candidates: int
    part: int
    questions: int
    few_questions: int
    rows: int
    few_rows: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to measure.

    Attributes:
        name: `tiny`, or `110m`.
        folder: Where `save_pretrained` wrote it, its tokenizer beside it.
        model: As this project loads it, in evaluation mode.
        stock: As transformers alone loads it.
        size: How much work it is given.
    """

    name: str
    folder: Path
    model: Any
    stock: Any
    size: Size


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
    """Least time of each way, taken in turn so that a busy machine slows them alike."""
    least = [float("inf")] * len(ways)
    for _ in range(repeats):
        for i, way in enumerate(ways):
            began = clock()
            way()
            least[i] = min(least[i], clock() - began)
    return least


def clock() -> float:
    """On a CPU the processor's time, which other work does not stretch much; else what passes.

    On a GPU a way has to end by bringing its result to the host.
    """
    import torch

    return time.perf_counter() if torch.cuda.is_available() else time.process_time()
