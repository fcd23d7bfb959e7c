"""A reward model's scores: any sequence classifier over a question and its answer."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iwsi.model_files import stored_bytes
from iwsi.models import device, from_pretrained
from iwsi.pickles import weights_options
from iwsi.pool.gpus import gpus_for
from iwsi.pool.open import open_pool
from iwsi.pool.pool import Pool
from iwsi.pool.processes import serve
from iwsi.recipe import Model
from iwsi.recipe.filter import RewardModel as RewardSection
from iwsi.runtime import startup
from iwsi.scoring.batches import batches
from iwsi.scoring.measuring import MeasuringService, measured

FloatArray = npt.NDArray[np.float64]


FIELD = "filter.reward_model"


class Rewards(Protocol):
    """Questions and answers in, scores out.

    Attributes:
        in_process: Whether the model is in this process.
    """

    in_process: ClassVar[bool]

    def scores(
        self,
        prompts: Sequence[str],
        texts: Sequence[str],
        progress: Callable[[int, int], None],
    ) -> FloatArray:
        """The scores of N pairs, shape (N,); `progress` gets pairs scored and their total."""
        ...

    def close(self) -> None:
        """End the processes that it has; their memory is given back when this returns."""


def reward_source(rule: RewardSection) -> Model:
    """The model that a recipe's section names."""
    return Model(
        name=rule.reward_model,
        revision=rule.reward_revision,
        trust_remote_code=rule.trust_remote_code,
    )


class RewardModel(Rewards):
    """A classifier whose one logit, or else whose last class, says how good an answer is.

    Question and answer are two turns in its chat template, or a pair of texts if it has none.
    Its layers are spread over all visible GPUs where it is larger than one.

    Args:
        source: A folder or hub id, as `reward_source` gives it.
        batch_tokens: Most tokens scored at once, padding too.

    Raises:
        UserError: it cannot be loaded.
    """

    in_process = True

    def __init__(self, source: Model, *, batch_tokens: int) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        spread = device() == "cuda" and gpus_for(stored_bytes(source.name)) > 1
        self._tokenizer = from_pretrained(AutoTokenizer, source, FIELD)
        self._model = from_pretrained(
            AutoModelForSequenceClassification,
            source,
            FIELD,
            **weights_options(Path(source.name), source),
            **({"device_map": "auto"} if spread else {}),
        )
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._model.config.pad_token_id = self._tokenizer.pad_token_id  # finds the last token
        self._model = (self._model if spread else self._model.to(device())).eval()
        self._batch_tokens = batch_tokens

    def scores(
        self,
        prompts: Sequence[str],
        texts: Sequence[str],
        progress: Callable[[int, int], None],
    ) -> FloatArray:
        """The logit, or the log-probability of the last class, of N pairs; NaN where too long.

        Args:
            prompts: N questions.
            texts: Their answers.
            progress: Called with pairs scored and their total.

        Returns:
            Shape (N,).
        """
        import torch

        encoded = self._encoded(prompts, texts)
        limit = getattr(self._model.config, "max_position_embeddings", None) or 2**31
        fits = [row for row, one in enumerate(encoded) if len(one["input_ids"]) <= limit]
        scores_N = np.full(len(encoded), np.nan)
        done = len(encoded) - len(fits)
        with torch.inference_mode():
            lengths = [len(encoded[row]["input_ids"]) for row in fits]
            for batch in batches(lengths, self._batch_tokens):
                rows = [fits[i] for i in batch]
                inputs = self._tokenizer.pad([encoded[row] for row in rows], return_tensors="pt")
                logits_BK = self._model(**inputs.to(self._model.device)).logits.float()
                if logits_BK.shape[1] > 1:
                    logits_BK = logits_BK.log_softmax(dim=1)
                scores_N[rows] = logits_BK[:, -1].cpu().numpy()
                done += len(rows)
                progress(done, len(encoded))
        return scores_N

    def close(self) -> None:
        """Do nothing: the model is in this process."""

    def _encoded(self, prompts: Sequence[str], texts: Sequence[str]) -> list[dict[str, Any]]:
        if self._tokenizer.chat_template:
            turns = [
                [{"role": "user", "content": prompt}, {"role": "assistant", "content": text}]
                for prompt, text in zip(prompts, texts, strict=True)
            ]
            columns = self._tokenizer.apply_chat_template(turns, return_dict=True)
        else:
            columns = self._tokenizer(list(prompts), list(texts))
        return [
            dict(zip(columns.keys(), row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]


class RewardService(MeasuringService):
    """Answers pairs, columns `prompt` and `text`, with their scores."""

    def __init__(self, adapter: Path | None, *, model: dict[str, Any], batch_tokens: int) -> None:
        self._model = RewardModel(Model(**model), batch_tokens=batch_tokens)
        startup.mark("model")

    def measure(self, part: pa.Table, **request: Any) -> FloatArray:
        """The scores of M pairs, shape (M,)."""
        pairs = part["prompt"].to_pylist(), part["text"].to_pylist()
        return self._model.scores(*pairs, lambda done, total: None)


class PooledRewards(Rewards):
    """A pool of RewardService as one reward model."""

    in_process = False

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def scores(
        self,
        prompts: Sequence[str],
        texts: Sequence[str],
        progress: Callable[[int, int], None],
    ) -> FloatArray:
        """The scores of N pairs, shape (N,)."""
        pairs = pa.table({"prompt": prompts, "text": texts})
        return measured(self._pool, prompts, pairs.take, lambda done: progress(done, len(prompts)))

    def close(self) -> None:
        """End the pool."""
        self._pool.close()


def make_rewards(rule: RewardSection) -> Rewards:
    """Load the reward model, here or in the processes that a recipe's section asks for.

    Raises:
        UserError: it cannot be loaded, more GPUs are asked for than there are, or no Ray.
    """
    source = reward_source(rule)
    pool = open_pool(
        RewardService,
        {"model": source.model_dump(mode="json"), "batch_tokens": rule.batch_tokens},
        None,
        section="filter",
        processes=rule.processes,
        cluster=rule.cluster,
        gpus_per_process=gpus_for(stored_bytes(source.name)),
    )
    if pool is None:
        return RewardModel(source, batch_tokens=rule.batch_tokens)
    return PooledRewards(pool)


if __name__ == "__main__":
    serve(RewardService)
