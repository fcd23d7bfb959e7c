"""Operations a second that this machine reaches, by the kind of work and the size of the model.

What finished runs and `validate --measure` have shown is kept in one file per user and machine.
Where nothing of the kind is kept, a large matrix product is timed and scaled.
"""

import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

from iwsi.cost.counts import Work
from iwsi.files import write_json
from iwsi.gguf import cache_folder
from iwsi.models import device

# Operations a token: 2 a parameter forward; backward through frozen weights as many again.
OPERATIONS: Mapping[Work, int] = {"sample": 2, "audit": 2, "score": 2, "train": 4, "test": 2}


class Reached(NamedTuple):
    """What a kind of work reaches of a large matrix product's rate.

    A small model's time goes into starting operations, a large one's into the operations.

    Attributes:
        share: of the rate, with a large model.
        even: parameters at which starting operations takes as long as the operations.
    """

    share: float
    even: int


# Measured on CPUs. Tokens written one at a time read all weights for few rows, and training
# has short rows and small batches.
REACHED: Mapping[Work, Reached] = {
    "sample": Reached(0.4, 2_800_000),
    "audit": Reached(0.5, 2_800_000),
    "score": Reached(0.7, 300_000),
    "train": Reached(0.4, 1_400_000),
    "test": Reached(0.4, 900_000),
}
START_SECONDS = 10.0  # of an engine or a trainer, until a run has shown it
ALIKE = 4.0  # a rate says something of models up to so many times as large or as small


def doing(work: Work, labels: int | None) -> Work:
    """The operation of the model in a kind of work: the labels of a closed list are scored."""
    return "score" if labels is not None and work != "train" else work


@dataclass(frozen=True, slots=True)
class Rates:
    """The expected rates of one machine and one size of model.

    Attributes:
        operations: a second, by the kind of work.
        start_seconds: of a process that loads the model.
        measured: the kinds of work that this machine was seen doing.
    """

    operations: Mapping[Work, float]
    start_seconds: float = START_SECONDS
    measured: frozenset[Work] = field(default=frozenset())

    def of(self, work: Work) -> float:
        """Operations a second."""
        return self.operations[work]


def expected_rates(parameters: int) -> Rates:
    """The rates for a model of this size: those that are kept, else from a matrix product."""
    kept = {work: _rate(work, parameters) for work in REACHED}
    shown: dict[Work, float] = {work: rate for work, rate in kept.items() if rate is not None}
    if "sample" in shown:
        shown["audit"] = shown["sample"]  # most of it is sampling
    rates = shown
    if len(shown) < len(REACHED):
        machine = matmul_rate()
        assumed = {work: machine * _share(work, parameters) for work in REACHED}
        # What was seen says how far the other kinds of work are from what is assumed.
        factors = [shown[work] / assumed[work] for work in shown]
        scale = median(factors) if factors else 1.0
        rates = {work: scale * rate for work, rate in assumed.items()} | shown
    start = _nearest("start", parameters)
    return Rates(rates, start.value if start else START_SECONDS, frozenset(shown))


def keep_rate(work: Work, parameters: int, operations: float, seconds: float) -> None:
    """Keep what a piece of work has shown; the last one of a kind and size counts."""
    if operations > 0 and seconds > 0:
        _keep(work, parameters, operations / seconds)


def keep_start(parameters: int, seconds: float) -> None:
    """Keep how long a process took until it began its work."""
    if seconds > 0:
        _keep("start", parameters, seconds)


def matmul_rate(size: int = 512, tries: int = 30) -> float:
    """Operations a second of this machine's matrix product, as linear layers compute it.

    The fastest of many short tries, because other work on the machine interrupts a long one.
    """
    import torch

    from iwsi.runtime.cpu_products import linear

    where = device()
    dtype = torch.bfloat16 if where == "cuda" else torch.float32
    matrix = torch.ones(size, size, device=where, dtype=dtype)
    fastest = math.inf
    with torch.inference_mode():
        for _ in range(tries):
            began = time.perf_counter()
            product = linear(matrix, matrix)
            float(product[0, 0])  # waits for the GPU
            fastest = min(fastest, time.perf_counter() - began)
    return 2 * size**3 / fastest


def keep_voted(task: str, parameters: int, share: float) -> None:
    """Keep the share of candidates that agreed with their majority in a run of a task."""
    _keep(f"voted {task}", parameters, share)


def shown_voted(task: str, parameters: int) -> float | None:
    """The share kept by `keep_voted`, for a task and a model of about this size."""
    near = _nearest(f"voted {task}", parameters)
    return near.value if near else None


class _Kept(NamedTuple):
    parameters: int
    value: float


def _rate(work: Work, parameters: int) -> float | None:
    """The rate of the model whose size is nearest, scaled to this size; None without one."""
    near = _nearest(work, parameters)
    if near is None:
        return None
    return near.value * _share(work, parameters) / _share(work, near.parameters)


def _share(work: Work, parameters: int) -> float:
    """The share of a large product's rate that a model of this size reaches."""
    reached = REACHED[work]
    return reached.share * parameters / (parameters + reached.even)


def _nearest(kind: str, parameters: int) -> _Kept | None:
    found = []
    for key, value in _read().items():
        name, _, place = key.rpartition(":")
        size, _, where = place.partition("@")
        if name == kind and where == device() and size.isdigit():
            ratio = max(int(size) / parameters, parameters / int(size))
            found.append((ratio, _Kept(int(size), value)))
    ratio, near = min(found, default=(math.inf, _Kept(1, 0.0)))
    return near if ratio <= ALIKE else None


def _keep(kind: str, parameters: int, value: float) -> None:
    with suppress(OSError):  # another run keeps its rates just now, or the disk is full
        write_json(_file(), _read() | {f"{kind}:{parameters}@{device()}": value})


def _file() -> Path:
    return cache_folder() / "rates.json"


def _read() -> dict[str, float]:
    try:
        values = json.loads(_file().read_text(encoding="utf-8"))
        return {key: float(value) for key, value in values.items() if ":" in key}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
