"""Mean losses and hidden states of samples: by a model in this process, or by several of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iwsi.models import load_model, weight_bytes
from iwsi.pool.gpus import gpus_for
from iwsi.pool.open import open_pool
from iwsi.pool.pool import Pool
from iwsi.pool.processes import serve
from iwsi.recipe import Cluster, LossOver, Model
from iwsi.runtime import startup
from iwsi.scoring.hidden import mean_hidden
from iwsi.scoring.losses import token_losses
from iwsi.scoring.measuring import MeasuringService, measured
from iwsi.tasks.encoding import Encoded
from iwsi.tasks.sample_text import token_rows

FloatArray = npt.NDArray[np.float64]
States = npt.NDArray[np.float32]
What = Literal["losses", "hidden"]

SAMPLES = pa.schema(
    [
        pa.field("ids", pa.list_(pa.int32()), nullable=False),
        pa.field("context", pa.int32(), nullable=False),
        pa.field("prompt", pa.int32(), nullable=False),
    ]
)


class Scorer(Protocol):
    """Samples in, numbers out; `progress` gets how many samples are done.

    Attributes:
        in_process: Whether the model is in this process.
    """

    in_process: ClassVar[bool]

    def mean_losses(
        self, samples: Sequence[Encoded], progress: Callable[[int], None]
    ) -> FloatArray:
        """The mean loss in nats of each of N samples, shape (N,)."""
        ...

    def mean_hidden(self, samples: Sequence[Encoded], progress: Callable[[int], None]) -> States:
        """The mean hidden state over each of N completions, shape (N, D)."""
        ...

    def close(self) -> None:
        """End the processes that it has; their memory is given back when this returns."""


class ModelScorer(Scorer):
    """The model, with its adapter merged in, in this process."""

    in_process = True

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

    def mean_hidden(
        self, samples: Sequence[Encoded], progress: Callable[[int], None] = lambda done: None
    ) -> States:
        """The mean hidden state over each of N completions, shape (N, D)."""
        return mean_hidden(self.model, samples, batch_tokens=self._batch_tokens, progress=progress)

    def close(self) -> None:
        """Do nothing: the model is in this process."""


class ScoringService(MeasuringService):
    """Answers samples (SAMPLES) with their losses or their hidden states."""

    def __init__(self, adapter: Path | None, *, model: dict[str, Any], **settings: Any) -> None:
        self._scorer = ModelScorer(Model(**model), adapter, **settings)
        startup.mark("model")

    def measure(self, part: pa.Table, **request: Any) -> npt.NDArray[Any]:
        """The losses, shape (M,), or the states, shape (M, D), of M samples, as `what` says."""
        begins = part["context"].to_pylist(), part["prompt"].to_pylist()
        samples = [
            Encoded(np.array(ids, np.int32), context, prompt)
            for ids, context, prompt in zip(token_rows(part, "ids"), *begins, strict=True)
        ]
        if request["what"] == "losses":
            return self._scorer.mean_losses(samples)
        return self._scorer.mean_hidden(samples)


class PooledScorer(Scorer):
    """A pool of ScoringService as one scorer."""

    in_process = False

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def mean_losses(
        self, samples: Sequence[Encoded], progress: Callable[[int], None]
    ) -> FloatArray:
        """The mean loss in nats of each of N samples, shape (N,)."""
        return self._measure(samples, progress, "losses")

    def mean_hidden(self, samples: Sequence[Encoded], progress: Callable[[int], None]) -> States:
        """The mean hidden state over each of N completions, shape (N, D)."""
        return self._measure(samples, progress, "hidden")

    def close(self) -> None:
        """End the pool."""
        self._pool.close()

    def _measure(
        self, samples: Sequence[Encoded], progress: Callable[[int], None], what: What
    ) -> npt.NDArray[Any]:
        prompts = [sample.ids[: sample.prompt].tobytes() for sample in samples]

        def part_of(rows: list[int]) -> pa.Table:
            columns = {
                "ids": [samples[row].ids for row in rows],
                "context": [samples[row].context for row in rows],
                "prompt": [samples[row].prompt for row in rows],
            }
            return pa.table(columns, schema=SAMPLES)

        return measured(self._pool, prompts, part_of, progress, what=what)


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


if __name__ == "__main__":
    serve(ScoringService)
