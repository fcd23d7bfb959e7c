"""Training on several processes: their settings, how they start, and how they end."""

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pyarrow as pa
import yaml

from eval_predict.errors import UserError
from iwsi.errors import InternalError
from iwsi.files import remove, write_json, write_table, write_text
from iwsi.pool.child import isolated, user_error_of
from iwsi.pool.gpus import visible_gpus
from iwsi.recipe import Recipe, Train
from iwsi.train.counts import SampleCounts
from iwsi.train.launcher_errors import LauncherErrors

# In the folder of the round, and kept but for the samples: what was started, to be read.
FOLDER = "launch"
ACCELERATE, DEEPSPEED, JOB = "accelerate.yaml", "deepspeed.json", "job.json"
SAMPLES = "samples.parquet"


class Node(NamedTuple):
    """Which of the machines this is, and where the first one listens (port 0: any free one)."""

    rank: int
    address: str
    port: int


def train_on_processes(
    recipe: Recipe,
    samples: pa.Table,
    adapter: Path,
    progress: Callable[[int, int], None],
    started: Callable[[], None],
    *,
    previous: Path | None,
    seed: int,
) -> SampleCounts:
    """Do what `train_adapter` does on the processes that `recipe.train` configures.

    Raises:
        UserError: a process met one, or there are too few GPUs.
        InternalError: one died of something else.
    """
    check_processes(recipe.train)
    folder = adapter.parent / FOLDER
    remove(folder)
    write_table(folder / SAMPLES, samples)
    job = {
        "recipe": recipe.model_dump(mode="json"),
        "adapter": str(adapter.resolve()),
        "previous": str(previous.resolve()) if previous else None,
        "seed": seed,
    }
    write_json(folder / JOB, job)
    try:
        process = start(recipe.train, folder, errors=subprocess.PIPE)
        return _listen(process, progress, started)
    finally:
        remove(folder / SAMPLES)


def start(train: Train, folder: Path, *, errors: int | None = None) -> "subprocess.Popen[str]":
    """Start this machine's processes of the job in `folder`; they end when their pipes close.

    Args:
        train: How many, and how they train together.
        folder: What `train_on_processes` wrote.
        errors: Where their standard error goes, as `Popen` takes it; None: where ours goes.
    """
    node = this_node(train)
    config = folder / (ACCELERATE if train.num_nodes == 1 else f"node-{node.rank}-{ACCELERATE}")
    write_text(config, yaml.safe_dump(accelerate_config(train, node), sort_keys=False))
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(config)]
    return subprocess.Popen(  # noqa: S603  # our own module, no shell
        [*command, "-m", "iwsi.train.process", str(folder)],
        stdin=subprocess.PIPE,  # stays open as long as this process lives
        stdout=subprocess.PIPE,
        stderr=errors,
        env=os.environ | isolated(),
        text=True,
    )


def check_processes(train: Train) -> None:
    """Refuse what this machine cannot start.

    Raises:
        UserError: too few GPUs, no DeepSpeed, or no address of the other machines.
    """
    if train.distributed == "none":
        return
    if train.distributed.startswith("zero") and importlib.util.find_spec("deepspeed") is None:
        raise UserError(
            field="train.distributed",
            got=f"{train.distributed}, and DeepSpeed is not installed",
            expected="none or ddp",
            fix="Install DeepSpeed: pip install 'iwsi[deepspeed]'.",
        )
    this_node(train)
    local = train.num_processes // train.num_nodes
    gpus = len(visible_gpus())
    if gpus and local > gpus:
        raise UserError(
            field="train.num_processes",
            got=f"{local} processes on a machine with {gpus} GPU{'s' * (gpus > 1)}",
            expected=f"at most {gpus * train.num_nodes}, one process a GPU",
            fix="Lower train.num_processes, or let CUDA_VISIBLE_DEVICES name more GPUs.",
        )


def this_node(train: Train) -> Node:
    """This machine's place by MASTER_ADDR, MASTER_PORT and NODE_RANK, as for torchrun.

    Raises:
        UserError: there are several machines, and they are not set.
    """
    if train.num_nodes == 1:
        return Node(0, "127.0.0.1", 0)
    values = [os.environ.get(name, "") for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK")]
    address, port, rank = values
    if not address or not port.isdigit() or not rank.isdigit() or int(rank) >= train.num_nodes:
        raise UserError(
            where="environment",
            field="MASTER_ADDR, MASTER_PORT, NODE_RANK",
            got=", ".join(repr(value) for value in values),
            expected=f"the first machine's address, a free port on it, and 0 to "
            f"{train.num_nodes - 1}",
            fix="Set these three variables on each machine.",
        )
    return Node(int(rank), address, int(port))


def accelerate_config(train: Train, node: Node) -> dict[str, Any]:
    """Settings of `accelerate launch`; the Trainer sets DeepSpeed and precision."""
    return {
        "compute_environment": "LOCAL_MACHINE",
        # Several processes on each machine; without a GPU they find out that they have none.
        "distributed_type": "MULTI_GPU",
        "num_processes": train.num_processes,
        "num_machines": train.num_nodes,
        "machine_rank": node.rank,
        "main_process_ip": node.address,
        "main_process_port": node.port,
        "same_network": True,
        "rdzv_backend": "static",
        "mixed_precision": "no",
        "debug": False,
    }


def _listen(
    process: "subprocess.Popen[str]",
    progress: Callable[[int, int], None],
    started: Callable[[], None],
) -> SampleCounts:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise InternalError("processes without pipes")
    errors = LauncherErrors(process.stderr)
    # Should the launcher alone be killed, its processes learn of it by this pipe.
    threading.Thread(target=_close_after, args=(process, process.stdin), daemon=True).start()
    counts: SampleCounts | None = None
    failure: str | None = None
    try:
        for line in process.stdout:
            match event := _event(line):
                case {"event": "started"}:
                    started()
                case {"event": "progress", "done": done, "total": total}:
                    progress(done, total)
                case {"event": "done", "counts": found}:
                    counts = SampleCounts(**found)
                case {"event": "user_error"}:
                    raise user_error_of(event)
                case {"event": "failed", "cause": cause}:
                    failure = failure or str(cause)
    finally:
        process.stdin.close()
    status = process.wait()
    if status and errors.killed():  # the others then fail of a lost connection
        raise InternalError("a training process failed: signal 9")
    if counts is None or status:
        raise InternalError(f"a training process failed ({failure or f'status {status}'})")
    return counts


def _event(line: str) -> dict[str, Any]:
    """The event in a line of a process's output; other lines go to the log."""
    with suppress(ValueError):
        event = json.loads(line)
        if isinstance(event, dict):
            return event
    sys.stderr.write(line)
    return {}


def _close_after(process: "subprocess.Popen[str]", stream: TextIO) -> None:
    process.wait()
    with suppress(OSError):
        stream.close()
