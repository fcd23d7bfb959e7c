"""An engine as the service of a pool, and a pool of them as an engine."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from iwsi import records
from iwsi.pool.pool import Pool, Service, rows_per_part
from iwsi.pool.processes import serve
from iwsi.recipe import Model, Sample
from iwsi.sample.engine import Candidate, Decoding, Engine, EngineName, Prompt
from iwsi.sample.local import local_engine

# Questions of a part at most: a worker answers each part on its own.
MOST_QUESTIONS = 1024

PROMPTS = pa.schema(
    [
        records.QUESTION_ID,
        pa.field("text", pa.string(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
    ]
)


class EngineService(Service):
    """Answers prompts (PROMPTS) with candidates (records.CANDIDATES, without the prompt)."""

    reads_ahead = True  # a question enters the batch as soon as one leaves it, of any part
    answers = records.CANDIDATES.remove(records.CANDIDATES.get_field_index("prompt"))

    def __init__(
        self,
        adapter: Path | None,
        *,
        sample: dict[str, Any],
        model: dict[str, Any],
        max_length: int,
    ) -> None:
        # The engine lives and dies with this process.
        os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
        self._engine = local_engine(
            Sample(**sample), Model(**model), adapter, max_length=max_length
        )

    def __call__(self, parts: Iterable[pa.Table], **request: Any) -> Iterator[pa.Table]:
        """Yield a table for each question, all parts in one stream through the engine."""
        lists = {name: tuple(request["decoding"][name]) for name in ("stop", "completions")}
        decoding = Decoding(**request["decoding"] | lists)
        prompts = (
            Prompt(row["question_id"], row["text"], row["seed"])
            for part in parts
            for row in part.to_pylist()
        )
        for question_id, candidates in self._engine.generate(prompts, decoding):
            keys = {"question_id": question_id}
            rows = [keys | {"candidate_id": i} | asdict(c) for i, c in enumerate(candidates)]
            yield pa.Table.from_pylist(rows, schema=self.answers)


class PooledEngine(Engine):
    """Many engines as one.

    Args:
        name: Of each of them.
        pool: Of EngineService.
        shard_size: Questions that an engine reads together; parts are whole shards.
    """

    def __init__(self, name: EngineName, pool: Pool, shard_size: int) -> None:
        self.name = name
        self._pool = pool
        self._shard_size = shard_size

    def generate(
        self, prompts: Iterable[Prompt], decoding: Decoding
    ) -> Iterator[tuple[str, list[Candidate]]]:
        """Yield questions as they come from any of the engines."""
        table = pa.Table.from_pylist([asdict(prompt) for prompt in prompts], schema=PROMPTS)
        size = rows_per_part(
            table.num_rows, self._pool.size, least=self._shard_size, most=MOST_QUESTIONS
        )
        parts = [table.slice(begin, size) for begin in range(0, table.num_rows, size)]
        for answers in self._pool.run(parts, decoding=asdict(decoding)):
            found: dict[str, list[Candidate]] = {}
            for row in answers.to_pylist():
                question_id, _ = row.pop("question_id"), row.pop("candidate_id")
                found.setdefault(question_id, []).append(Candidate(**row))
            yield from found.items()

    def close(self) -> None:
        """End the engines; their memory is given back when this returns."""
        self._pool.close()


if __name__ == "__main__":
    serve(EngineService)
