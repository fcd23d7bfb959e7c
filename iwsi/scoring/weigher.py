"""Losses and hidden states under the model that sampled, each distinct sample scored once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from iwsi.models import load_tokenizer
from iwsi.recipe import Cluster, LossOver, Model, Recipe
from iwsi.scoring.distinct import distinct_samples
from iwsi.scoring.scorer import make_scorer
from iwsi.tasks.encoding import Encoded
from iwsi.tasks.sample_text import Samples, SampleText

ScalarT = TypeVar("ScalarT", bound=np.generic)
FloatArray = npt.NDArray[np.float64]
# Options of vLLM with which its log-probabilities are not those of the model as it is scored.
_OTHER_LOGPROBS = frozenset({"kv_cache_dtype", "logprobs_mode"})


class Weigher:
    """A model ready to score.

    Args:
        model: The base model.
        adapter: The adapter that sampled, or None.
        few_shot: Text before every prompt, read but not scored.
        separator: Text between a prompt and its answer.
        loss_over: Tokens that the mean is over.
        batch_tokens: Most tokens scored at once, padding too.
        processes: How many score; None: one for each GPU, one where there is none.
        cluster: Whether they are actors of a Ray cluster.
        use_sampled: Take the losses of sampled tokens from their log-probabilities when they were
            sampled, instead of reading them again.
    """

    def __init__(
        self,
        model: Model,
        adapter: Path | None = None,
        *,
        few_shot: str,
        separator: str,
        loss_over: LossOver,
        batch_tokens: int,
        processes: int | None = 1,
        cluster: Cluster = "none",
        use_sampled: bool = False,
    ) -> None:
        self._tokenizer = load_tokenizer(model)
        self._scorer = make_scorer(
            model,
            adapter,
            loss_over=loss_over,
            batch_tokens=batch_tokens,
            processes=processes,
            cluster=cluster,
        )
        self._form = SampleText(few_shot, separator)
        self._loss_over = loss_over
        self._use_sampled = use_sampled

    @property
    def in_process(self) -> bool:
        """Whether the model is in this process."""
        return self._scorer.in_process

    def losses(
        self, groups: Sequence[Samples], progress: Callable[[int, int], None]
    ) -> list[FloatArray]:
        """Mean token losses of groups of samples, scored in one pass.

        Args:
            groups: N samples each.
            progress: Called with distinct samples scored and their total.

        Returns:
            For each group an array of shape (N,), in nats.
        """
        distinct = distinct_samples(groups)
        sampled_N = distinct.sampled_N & self._use_sampled
        losses = self._losses(distinct.samples, sampled_N, progress)
        return _by_group(losses[distinct.position], groups)

    def _losses(
        self,
        samples: Samples,
        sampled_N: npt.NDArray[np.bool_],
        progress: Callable[[int, int], None],
    ) -> FloatArray:
        """Mean token losses of N distinct samples, shape (N,).

        Args:
            samples: N of them.
            sampled_N: Where a completion's loss is known from sampling it. Only its prompt is
                read, and that only if it counts.
            progress: Called with samples read and their total.
        """
        read, sampled = np.flatnonzero(~sampled_N), np.flatnonzero(sampled_N)
        prompts: list[str] = []
        if self._loss_over == "sequence":
            prompts = list(dict.fromkeys(samples.prompts[row] for row in sampled))
        encoded = self._encode(samples.take(read.tolist()))
        alone = self._encode(Samples.of_prompts(prompts))
        found = self._read([*encoded, *alone], progress)
        loss_N = np.empty(len(samples))
        loss_N[read] = found[: len(read)]
        tokens_P = np.array([max(one.prompt - max(one.context, 1), 0) for one in alone])
        before_P = np.where(tokens_P > 0, found[len(read) :] * tokens_P, 0.0)
        index = {prompt: number for number, prompt in enumerate(prompts)}
        for row in sampled:
            loss, tokens = samples.sampled_loss(row)
            if prompts:
                at = index[samples.prompts[row]]
                loss, tokens = loss + before_P[at], tokens + tokens_P[at]
            loss_N[row] = loss / tokens
        return loss_N

    def _read(self, samples: Sequence[Encoded], progress: Callable[[int, int], None]) -> FloatArray:
        """Mean token losses by the model, shape (N,)."""
        if not samples:
            progress(1, 1)
            return np.empty(0)
        return self._scorer.mean_losses(samples, lambda done: progress(done, len(samples)))

    def hidden(
        self, groups: Sequence[Samples], progress: Callable[[int, int], None]
    ) -> list[npt.NDArray[np.float32]]:
        """The model's mean hidden state over each answer, for groups as in `losses`: (N, D)."""
        distinct = distinct_samples(groups)
        samples = self._encode(distinct.samples)
        means = self._scorer.mean_hidden(samples, lambda done: progress(done, len(samples)))
        return _by_group(means[distinct.position], groups)

    def close(self) -> None:
        """End the processes that it has."""
        self._scorer.close()

    def num_tokens(self, samples: Samples) -> npt.NDArray[np.int64]:
        """Tokens of each of N answers, its end token included, shape (N,)."""
        distinct = distinct_samples([samples])
        encoded = self._encode(distinct.samples)
        tokens_N = np.array([len(sample.ids) - sample.prompt for sample in encoded])
        return tokens_N[distinct.position]

    def _encode(self, samples: Samples) -> list[Encoded]:
        """The tokens of all samples."""
        parts = samples.prompts, samples.texts, samples.token_ids
        return list(self._form.encode(self._tokenizer, *parts))


def weigher_of(recipe: Recipe, adapter: Path | None, loss_over: LossOver = "sequence") -> Weigher:
    """The weigher of a run's stage, with as many processes as the filter's section asks for.

    Args:
        recipe: The run's recipe.
        adapter: The adapter that sampled, or None.
        loss_over: Tokens that the mean is over.
    """
    rule = recipe.filter
    return Weigher(
        recipe.model,
        adapter,
        few_shot=SampleText.of_model(recipe, trained=adapter is not None).few_shot,
        separator=recipe.task.separator,
        loss_over=loss_over,
        batch_tokens=rule.batch_tokens,
        processes=rule.processes,
        cluster=rule.cluster,
        use_sampled=_sampled_as_scored(recipe),
    )


def _sampled_as_scored(recipe: Recipe) -> bool:
    """Whether the engine's log-probabilities are those of the model that is scored."""
    sample, same_weights = recipe.sample, recipe.model.quantize == "none"
    if sample.engine == "transformers":
        return True
    return same_weights and sample.quantization is None and not _OTHER_LOGPROBS & set(sample.vllm)


def _by_group(
    values_N: npt.NDArray[ScalarT], groups: Sequence[Samples]
) -> list[npt.NDArray[ScalarT]]:
    ends = np.cumsum([len(group) for group in groups])
    return np.split(values_N, ends[:-1])
