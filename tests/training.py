"""A small training, for tests that run it here and in other processes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
from conftest import ROOT

from iwsi.recipe.load import load_recipe
from iwsi.train.checkpoints import MARK
from iwsi.train.sft import train_adapter
from iwsi.train.trainer import scratch_of

# 21 samples of unlike length, so that the last of three batches is short.
SAMPLES = pa.table(
    {
        "prompt": [f"Question: Tom has {i} pens. How many?\nAnswer:" for i in range(21)],
        "completion": [
            " ".join([f"{i} + 0 = {i}."] * (i % 7 + 1)) + f" The answer is {i}." for i in range(21)
        ],
        "weight": [float(i % 3 + 1) for i in range(21)],
    }
)


def recipe(*overrides):
    small = ["train.epochs=2", "train.batch_size=8", "train.lora.r=4", "train.lora.dropout=0"]
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [*small, *overrides])


def train(adapter, *overrides, samples=SAMPLES, previous=None):
    """Train an adapter; answers what was told of its progress."""
    steps = []
    train_adapter(
        recipe(*overrides),
        samples,
        Path(adapter),
        previous=previous,
        seed=3,
        progress=lambda done, total: steps.append((done, total)),
    )
    return steps


def metrics(adapter):
    return [json.loads(line) for line in (Path(adapter) / "train_metrics.jsonl").open()]


def train_until(checkpoint, extra, adapter):
    """Train in another process; answers it once that checkpoint is there."""
    code = "import sys; from training import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(adapter), *extra],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    mark = scratch_of(adapter) / f"checkpoint-{checkpoint}" / MARK
    while not mark.exists():
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    return process


def main(arguments):
    """As a process of its own: where the adapter goes, and overrides."""
    train(*arguments)
