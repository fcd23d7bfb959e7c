"""A round's files with many candidates, as sampling and scoring would have left them."""

import json
import os
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from iwsi import records
from iwsi.files import write_table

CANDIDATES = 15  # candidates of a question
SHARD = 64 * CANDIDATES  # candidates
SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SOLUTIONS = "candidates/gsm8k_model_solutions.jsonl"
VALIDATION_ROWS = 100


def write_round(root: Path, rows: int) -> None:
    """Write samples of round 1 in shards, and their losses."""
    rng = np.random.default_rng(0)
    folder = root / "round-1"
    number = np.arange(rows)
    keys = {
        "question_id": pa.array(number // CANDIDATES).cast(pa.string()),
        "candidate_id": pa.array(number % CANDIDATES, pa.int32()),
    }
    texts = list(islice(_texts(), rows))
    columns = keys | {
        "prompt": pa.array(["Question: How many are there?\nAnswer:"] * rows),
        "text": texts,
        "finish_reason": ["stop"] * rows,
        "num_tokens": pa.array([len(text) // 4 + 1 for text in texts], pa.int32()),
        "logprob": -rng.gamma(9, size=rows),
        "token_ids": pa.nulls(rows, records.TOKEN_IDS.type),
    }
    samples = pa.table(columns, schema=records.CANDIDATES)
    for shard, begin in enumerate(range(0, rows, SHARD)):
        path = folder / "samples" / f"shard-{shard:05d}.parquet"
        write_table(path, samples.slice(begin, SHARD))
    nll = rng.gamma(9, 1 / 9, rows)
    losses = keys | {"nll": nll, "ds_weight": np.maximum(nll, 1 / nll)}
    write_table(folder / "losses.parquet", pa.table(losses, schema=records.LOSSES))
    validation = {
        "question_id": [str(i) for i in range(VALIDATION_ROWS)],
        "nll": rng.gamma(9, 1 / 9, VALIDATION_ROWS),
        "num_tokens": pa.array(rng.integers(20, 90, VALIDATION_ROWS), pa.int32()),
    }
    table = pa.table(validation, schema=records.VALIDATION_LOSSES)
    write_table(folder / "validation_losses.parquet", table)


def _texts() -> Iterator[str]:
    """Texts without end: 15 answers to each question, over and over.

    Real models' solutions where the shared data is, else made-up ones; of four models' solutions
    to a question fifteen are made, so that there is something to vote on.
    """
    shared = Path(os.environ.get("IWSI_SHARED_DATA", SHARED_DATA)) / SOLUTIONS
    rng = np.random.default_rng(1)
    if not shared.is_file():
        for question in cycle(range(97)):
            for left in rng.integers(0, 31, CANDIDATES).tolist():
                answer = question if left < 20 else left
                yield f"12 + {left} = {left + 12}. So {left} are left. The answer is {answer}."
    lines = shared.read_text(encoding="utf-8").splitlines()
    questions = [
        [solved["solution"] for solved in json.loads(line).values() if isinstance(solved, dict)]
        for line in lines
    ]
    for solutions in cycle(questions):
        for which in rng.integers(0, len(solutions), CANDIDATES).tolist():
            yield solutions[which].replace("\nA: ", "\nThe answer is ")
