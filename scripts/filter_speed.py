"""Time and memory of vote and selection over many candidates, as the stages do them.

    .venv/bin/python scripts/filter_speed.py [--rows 1000000] [--filters iwsi,lmsi]

Made-up candidates, 15 a question, texts of about 110 characters. Seconds are those of the
processor, which other work on the machine does not stretch; memory is the most held by then.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa

from iwsi import records
from iwsi.files import write_table
from iwsi.recipe import FilterMethod
from iwsi.recipe_file import load_recipe
from iwsi.rounds.context import Context
from iwsi.rounds.plan import TRAIN_GOLD, plan
from iwsi.rounds.stages import run_stage

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "tiny_arith.yaml"
EACH = 15


def main() -> None:
    """Print a line for the vote and one for each filter."""
    parser = argparse.ArgumentParser(description="The speed of vote and selection.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--filters", default=",".join(get_args(FilterMethod)))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root, options.rows)
        for number, name in enumerate(options.filters.split(",")):
            overrides = [f"filter.method={name}", "filter.reward_model=any"]
            recipe = load_recipe(RECIPE, overrides)
            context = Context(root, recipe, lambda done, total: None)
            wanted = ("vote", "select") if number == 0 else ("select",)
            for stage in plan(recipe):
                if stage.round == 1 and stage.kind in wanted:
                    began = time.process_time()
                    run_stage(stage, context, "")
                    label = name if stage.kind == "select" else "vote"
                    _tell(label, time.process_time() - began)


def _write(root: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    number = np.arange(rows)
    keys = {
        "question_id": pa.array(number // EACH).cast(pa.string()),
        "candidate_id": pa.array(number % EACH, pa.int32()),
    }
    right = rng.uniform(size=rows) < 0.7
    answer = np.where(right, number // EACH % 97, rng.integers(0, 97, rows))
    words = rng.choice(["First", "We add", "Then", "So", "Next", "Now"], (rows, 4))
    texts = [
        f"{a} 12 + {n % 31} = {n % 31 + 12}. {b} {n % 7} * 3 = {n % 7 * 3}. {c} there are {n % 31} "
        f"left, {d} all of them count. The answer is {n}."
        for (a, b, c, d), n in zip(words.tolist(), answer.tolist(), strict=True)
    ]
    columns = keys | {
        "prompt": pa.array(["Question: How many are there?\nAnswer:"] * rows),
        "text": texts,
        "finish_reason": ["stop"] * rows,
        "num_tokens": pa.array(rng.integers(20, 90, rows), pa.int32()),
        "logprob": -rng.gamma(9, size=rows),
    }
    here = root / "round-1"
    write_table(here / "samples" / "shard-0.parquet", pa.table(columns, schema=records.CANDIDATES))
    nll = rng.gamma(9, 1 / 9, rows)
    numbers = {
        "losses": (records.LOSSES, {"nll": nll, "ds_weight": np.maximum(nll, 1 / nll)}),
        "rewards": (records.REWARDS, {"reward": rng.normal(size=rows)}),
        "shifts": (records.SHIFTS, {"log_ratio": rng.normal(size=rows)}),
        "ratings": (
            records.RATINGS,
            {"reply": pa.nulls(rows, pa.string()), "rating": rng.integers(0, 11, rows) * 1.0},
        ),
    }
    for name, (schema, measured) in numbers.items():
        write_table(here / f"{name}.parquet", pa.table(keys | measured, schema=schema))
    validation = {
        "question_id": [str(i) for i in range(100)],
        "nll": rng.gamma(9, 1 / 9, 100),
        "num_tokens": pa.array(rng.integers(20, 90, 100), pa.int32()),
    }
    table = pa.table(validation, schema=records.VALIDATION_LOSSES)
    write_table(here / "validation_losses.parquet", table)
    questions = np.arange(-(-rows // EACH))
    gold = {"question_id": questions.astype(str), "gold": (questions % 97).astype(str)}
    write_table(root / TRAIN_GOLD, pa.table(gold, schema=records.GOLD))


def _tell(what: str, seconds: float) -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sys.stdout.write(f"{what:<14} {seconds:6.1f} s  {most:5.2f} GiB\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
