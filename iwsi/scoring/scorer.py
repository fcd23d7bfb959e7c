"""Mean token losses of samples: by a model in this process, or by a pool of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iwsi.models import load_model, weight_bytes
from iwsi.pool.gpus import gpus_for
from iwsi.pool.open import open_pool
from iwsi.pool.pool import Pool, Service, rows_per_part
from iwsi.pool.processes import serve
from iwsi.recipe import Cluster, LossOver, Model
from iwsi.runtime import startup
from iwsi.scoring.losses import token_losses
from iwsi.tasks.encoding import Encoded

FloatArray = npt.NDArray[np.float64]

# Samples of a part: the least that batches of like length can be made of, and the most.
LEAST_SAMPLES, MOST_SAMPLES = 64, 2048

SAMPLES = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("ids", pa.list_(pa.int32()), nullable=False),
        pa.field("context", pa.int32(), nullable=False),
        pa.field("prompt", pa.int32(), nullable=False),
    ]
)


class Scorer(Protocol):
    """Samples in, mean losses out."""

    def mean_losses(
        self, samples: Sequence[Encoded], progress: Callable[[int], None]
    ) -> FloatArray:
        """The mean loss in nats of each of N samples, shape (N,); `progress` gets how many."""
        ...

    def close(self) -> None:
        """End the processes that it has; their memory is given back when this returns."""


class ModelScorer(Scorer):
    """The model, with its adapter merged in, in this process."""

    def __init__(
        self, model: Model, adapter: Path | None, *, loss_over: LossOver, batch_tokens: int
    ) -> None:
        self.model = load_model(model, adapter)
        self._loss_over: LossOver = loss_over
        self._batch_tokens = batch_tokens

    def mean_losses(
        self, samples: Sequence[Encoded], progress: Callable[[int], None] = lambda done: None
    ) -> FloatArray:
        """The mean loss in nats of each of N samples, shape (N,)."""
        losses = token_losses(
            self.model, samples, batch_tokens=self._batch_tokens, progress=progress
        )
        return losses.mean(self._loss_over)

    def close(self) -> None:
        """Do nothing: the model is in this process."""


class ScoringService(Service):
    """Answers samples (SAMPLES) with their rows and losses."""

    answers = pa.schema([SAMPLES.field("row"), pa.field("nll", pa.float64())])

    def __init__(self, adapter: Path | None, *, model: dict[str, Any], **settings: Any) -> None:
        self._scorer = ModelScorer(Model(**model), adapter, **settings)
        startup.mark("model")

    def __call__(self, parts: Iterable[pa.Table], **request: Any) -> Iterator[pa.Table]:
        """Yield a table for each part."""
        for part in parts:
            samples = [
                Encoded(np.array(row["ids"], np.int32), row["context"], row["prompt"])
                for row in part.to_pylist()
            ]
            losses_N = self._scorer.mean_losses(samples)
            columns = [part["row"], pa.chunked_array([losses_N])]
            yield pa.Table.from_arrays(columns, schema=self.answers)


class PooledScorer(Scorer):
    """A pool of ScoringService as one scorer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def mean_losses(
        self, samples: Sequence[Encoded], progress: Callable[[int], None]
    ) -> FloatArray:
        """The mean loss in nats of each of N samples, shape (N,)."""
        losses_N, done = np.full(len(samples), np.nan), 0
        for answers in self._pool.run(_parts(samples, self._pool.size)):
            losses_N[answers["row"].to_numpy()] = answers["nll"].to_numpy()
            done += answers.num_rows
            progress(done)
        return losses_N

    def close(self) -> None:
        """End the pool."""
        self._pool.close()


def make_scorer(
    model: Model,
    adapter: Path | None,
    *,
    loss_over: LossOver,
    batch_tokens: int,
    processes: int | None = 1,
    cluster: Cluster = "none",
) -> Scorer:
    """Load the model, here or in the requested number of processes.

    Args:
        model: The base model.
        adapter: Folder of a PEFT adapter, or None.
        loss_over: Tokens that the mean is over.
        batch_tokens: Most tokens that a process scores at once, padding too.
        processes: How many; None: one for each GPU, one where there is none.
        cluster: Whether they are actors of a Ray cluster.

    Raises:
        UserError: more GPUs are asked for than there are, or no Ray.
    """
    settings = {
        "model": model.model_dump(mode="json"),
        "loss_over": loss_over,
        "batch_tokens": batch_tokens,
    }
    pool = open_pool(
        ScoringService,
        settings,
        adapter,
        section="filter",
        processes=processes,
        cluster=cluster,
        gpus_per_process=gpus_for(weight_bytes(model)),
    )
    if pool is None:
        return ModelScorer(model, adapter, loss_over=loss_over, batch_tokens=batch_tokens)
    return PooledScorer(pool)


def _parts(samples: Sequence[Encoded], workers: int) -> list[pa.Table]:
    """The samples as tables of whole questions: what shares a prompt is scored together."""
    questions: dict[bytes, list[int]] = {}
    for row, sample in enumerate(samples):
        questions.setdefault(sample.ids[: sample.prompt].tobytes(), []).append(row)
    size = rows_per_part(len(samples), workers, least=LEAST_SAMPLES, most=MOST_SAMPLES)
    parts: list[list[int]] = [[]]
    for rows in questions.values():
        if len(parts[-1]) >= size:
            parts.append([])
        parts[-1] += rows
    return [_table(samples, rows) for rows in parts if rows]


def _table(samples: Sequence[Encoded], rows: Sequence[int]) -> pa.Table:
    columns = {
        "row": rows,
        "ids": [samples[row].ids for row in rows],
        "context": [samples[row].context for row in rows],
        "prompt": [samples[row].prompt for row in rows],
    }
    return pa.table(columns, schema=SAMPLES)


if __name__ == "__main__":
    serve(ScoringService)
