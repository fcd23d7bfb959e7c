"""How fast this machine works on a model: measured once and kept, or estimated."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from iwsi.files import write_json
from iwsi.gguf import cache_folder
from iwsi.models import device, load_model
from iwsi.recipe import Recipe
from iwsi.tasks.encoding import Encoded

FORWARD = 2  # operations a token and parameter, forward
# A small model's time goes into starting operations, a large one's into the operations. At this
# size both take as long: a model of 0.7 M parameters reaches a fifth of the machine's rate, as the
# demo's run does, and one of 135 M nearly all.
EVEN_PARAMETERS = 2_800_000
MEASURED_ROWS = 64


def machine_rate(
    recipe: Recipe, parameters: int, samples: Sequence[Encoded] | None
) -> tuple[float, bool]:
    """Operations a second with a model of this size, and whether they were measured.

    Args:
        recipe: names the model.
        parameters: of the model.
        samples: labelled rows to time the model on; None: it is not loaded.
    """
    where = device()
    if samples is not None:
        keep_rate(parameters, where, _forward_rate(recipe, parameters, samples))
    kept = kept_rate(parameters, where)
    if kept is not None:
        return kept, True
    return reached_rate(_matmul_rate(where), parameters), False


def reached_rate(machine: float, parameters: int) -> float:
    """Operations a second with a model of this size, from those of a large product."""
    return machine * parameters / (parameters + EVEN_PARAMETERS)


def kept_rate(parameters: int, where: str) -> float | None:
    """The rate that was measured on this machine for a model of about this size, if there is one.

    Args:
        parameters: of the model.
        where: the device: cpu or cuda.
    """
    near = [
        (abs(int(size) / parameters - 1), rate)
        for key, rate in _read(_rates_file()).items()
        for size, device_name in [key.split("@")]
        if device_name == where and abs(int(size) / parameters - 1) < 0.25
    ]
    return min(near)[1] if near else None


def keep_rate(parameters: int, where: str, rate: float) -> None:
    """Keep a measured rate for this machine."""
    path = _rates_file()
    write_json(path, _read(path) | {f"{parameters}@{where}": rate})


def _forward_rate(recipe: Recipe, parameters: int, samples: Sequence[Encoded]) -> float:
    """Operations a second of the model itself, reading some labelled rows."""
    from iwsi.scoring.losses import token_losses

    model = load_model(recipe.model)
    measured = list(samples[:MEASURED_ROWS])
    seconds = 0.0
    for rows in (measured[:2], measured):  # the first time warms up
        began = time.perf_counter()
        token_losses(model, rows, batch_tokens=recipe.filter.batch_tokens, share=False)
        seconds = time.perf_counter() - began
    return FORWARD * parameters * sum(len(sample.ids) for sample in measured) / seconds


def _matmul_rate(where: str, size: int = 2048) -> float:
    """Operations a second of this machine's matrix product."""
    import torch

    dtype = torch.bfloat16 if where == "cuda" else torch.float32
    matrix = torch.ones(size, size, device=where, dtype=dtype)
    for repeats in (1, 4):  # the first time warms up
        began = time.perf_counter()
        for _ in range(repeats):
            product = matrix @ matrix
        float(product[0, 0])  # waits for the GPU
        seconds = time.perf_counter() - began
    return repeats * 2 * size**3 / seconds


def _rates_file() -> Path:
    return cache_folder() / "rates.json"


def _read(path: Path) -> dict[str, float]:
    try:
        values: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values
