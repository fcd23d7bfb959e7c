"""Sampling to Parquet, shard by shard, so that a killed run goes on from the last shard."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from iwsi.errors import InternalError
from iwsi.files import remove, write_json, write_table
from iwsi.records import CANDIDATES
from iwsi.sample.engine import Candidate, Decoding, Engine, Prompt
from iwsi.tasks.sample_text import SampleText

STAMP = "shards.json"


def sample_to_shards(
    engine: Engine,
    questions: pa.Table,
    decoding: Decoding,
    folder: Path,
    *,
    few_shot: str,
    shard_size: int,
    seed: Sequence[int],
    digest: str,
    progress: Callable[[int, int], None],
) -> None:
    """Sample every question of a table (records.QUESTIONS) into `folder/shard-00000.parquet` ….

    All questions that have no shard yet go to the engine in one stream; a shard is written as
    soon as its last question is done. Shards made from something else (another `digest`) go.

    A question that came twice, or not at all, is an error of the engine's.

    Args:
        engine: Where candidates come from.
        questions: Q questions.
        decoding: n candidates each.
        folder: Where the shards are kept.
        few_shot: Text before every prompt.
        shard_size: Questions per shard.
        seed: Names the random stream; questions get seeds n apart.
        digest: Of everything the candidates depend on.
        progress: Called with questions done and their total.
    """
    _begin(folder, digest)
    ids = questions.column("question_id").to_pylist()
    texts = questions.column("prompt").to_pylist()
    shards = [
        range(begin, min(begin + shard_size, len(ids))) for begin in range(0, len(ids), shard_size)
    ]
    paths = [folder / f"shard-{i:05d}.parquet" for i in range(len(shards))]
    missing = [i for i, path in enumerate(paths) if not path.exists()]
    done = len(ids) - sum(len(shards[i]) for i in missing)
    progress(done, len(ids))

    form = SampleText(few_shot)
    first_seed = int(np.random.default_rng(seed).integers(2**31))
    prompts = (
        Prompt(ids[row], form.prompt(texts[row]), first_seed + row * decoding.n)
        for i in missing
        for row in shards[i]
    )
    shard_of = {ids[row]: i for i in missing for row in shards[i]}
    collected: dict[str, list[Candidate]] = {}
    left = {i: len(shards[i]) for i in missing}
    for question_id, candidates in engine.generate(prompts, decoding):
        collected[question_id] = candidates
        shard = shard_of.pop(question_id)
        left[shard] -= 1
        if left[shard] == 0:
            rows = [(ids[row], texts[row], collected.pop(ids[row])) for row in shards[shard]]
            write_table(paths[shard], _table(rows))
        done += 1
        progress(done, len(ids))
    if shard_of:
        raise InternalError(f"{len(shard_of)} questions without an answer, {min(shard_of)} first")


def _begin(folder: Path, digest: str) -> None:
    stamp = folder / STAMP
    if folder.exists():
        is_ours = stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8"))
        if not is_ours or is_ours.get("digest") != digest:
            remove(folder)
    if not stamp.exists():
        write_json(stamp, {"digest": digest})


def _table(rows: Sequence[tuple[str, str, list[Candidate]]]) -> pa.Table:
    flat = [
        (question_id, i, prompt, c.text, c.finish_reason, c.num_tokens, c.logprob, c.token_ids)
        for question_id, prompt, candidates in rows
        for i, c in enumerate(candidates)
    ]
    columns = list(zip(*flat, strict=True))
    return pa.table(
        {field.name: column for field, column in zip(CANDIDATES, columns, strict=True)},
        schema=CANDIDATES,
    )
