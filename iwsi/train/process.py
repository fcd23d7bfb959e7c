"""One of the processes that train together: `accelerate launch … -m iwsi.train.process FOLDER`.

FOLDER holds the job. Events go to standard output, one a line; all that the
libraries print goes to standard error. The process ends when its standard input closes, which is
when the one that started the launcher has ended, by whatever signal.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from iwsi.files import read_table, write_json
from iwsi.pool.child import Parent, end_process
from iwsi.recipe import Recipe


def main() -> int:
    """Train, and report progress."""
    parent = Parent()
    try:
        _train(Path(sys.argv[1]), parent)
    except Exception as error:
        return parent.report(error)
    return 0


def _train(folder: Path, parent: Parent) -> None:
    from iwsi.train.launch import DEEPSPEED, JOB, SAMPLES
    from iwsi.train.sft import train_in_process

    job: dict[str, Any] = json.loads((folder / JOB).read_text(encoding="utf-8"))
    recipe = Recipe.model_validate(job["recipe"])
    first = os.environ["RANK"] == "0"
    if recipe.train.distributed.startswith("zero"):
        _prepare_deepspeed(recipe, folder / DEEPSPEED if first else None)
    counts = train_in_process(
        recipe,
        read_table(folder / SAMPLES),
        Path(job["adapter"]),
        progress=parent.progress if first else lambda done, total: None,
        started=lambda: parent.send("started") if first else None,
        previous=Path(job["previous"]) if job["previous"] else None,
        seed=job["seed"],
    )
    if first:
        parent.send("done", counts=counts._asdict())


def _prepare_deepspeed(recipe: Recipe, config: Path | None) -> None:
    """Tell DeepSpeed of the other processes before anything asks it how many there are."""
    import deepspeed.ops
    import torch

    from iwsi.models import device
    from iwsi.train.trainer import deepspeed_config, mixed_precision

    # On a CPU it would compile its own way to sum over processes, for minutes; gloo has one.
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    # It says so several times a step.
    warnings.filterwarnings("ignore", r"`torch\.distributed\.\w+` is deprecated", FutureWarning)

    on_gpu = device() == "cuda"
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    deepspeed.init_distributed(dist_backend="nccl" if on_gpu else "gloo")
    if config is not None:
        bf16, _ = mixed_precision(recipe.model)
        write_json(config, deepspeed_config(recipe.train, bf16=bf16))


if __name__ == "__main__":
    end_process(main())
