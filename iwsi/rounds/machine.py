"""A line that says what does the work of a process: engine, device, number format, processes."""

import os

from iwsi.models import device, resolve_dtype
from iwsi.pool.gpus import share_gpus
from iwsi.recipe import Recipe
from iwsi.train.distribution import resolve_distributed


def machine_line(recipe: Recipe, process: str) -> str:
    """A line such as `samples: transformers on a CPU, float32, 1 process, 2 cores`.

    Imports torch, which the process has imported by then.

    Args:
        recipe: The run's recipe, resolved.
        process: What the stages of the process have in common, as `Stage.process` says it.
    """
    if process.startswith("engine:"):
        sample = recipe.sample
        if sample.engine == "server":
            return f"samples: the server at {sample.url}"
        shares = share_gpus(sample.processes, sample.tensor_parallel, "sample")
        return f"samples: {sample.engine} on {_where(recipe, len(shares))}"
    train = resolve_distributed(recipe).train
    how = "" if train.distributed == "none" else f", {train.distributed}"
    return f"scores and trains: PyTorch on {_where(recipe, train.num_processes)}{how}"


def _where(recipe: Recipe, processes: int) -> str:
    dtype = str(resolve_dtype(recipe.model)).removeprefix("torch.")
    count = f"{processes} process{'es' if processes > 1 else ''}"
    if device() == "cuda":
        import torch

        return f"{torch.cuda.get_device_name(0)}, {dtype}, {count}"
    return f"a CPU, {dtype}, {count}, {len(os.sched_getaffinity(0))} cores"
