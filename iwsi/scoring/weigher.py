"""Losses and hidden states under the model that sampled, each distinct text scored once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from iwsi.errors import InternalError
from iwsi.models import load_tokenizer
from iwsi.recipe import Cluster, LossOver, Model, Recipe
from iwsi.scoring.hidden import mean_hidden
from iwsi.scoring.scorer import ModelScorer, make_scorer
from iwsi.tasks.encoding import Encoded
from iwsi.tasks.sample_text import SampleText, trimmed

ScalarT = TypeVar("ScalarT", bound=np.generic)
Samples = tuple[Sequence[str], Sequence[str]]  # prompts and their answers


class Weigher:
    """A model ready to score.

    Args:
        model: The base model.
        adapter: The adapter that sampled, or None.
        few_shot: Text before every prompt, read but not scored.
        separator: What stands between a prompt and its answer.
        loss_over: Tokens that the mean is over.
        batch_tokens: Most tokens scored at once, padding too.
        processes: How many score; None: one for each GPU, one where there is none.
        cluster: Whether they are actors of a Ray cluster.
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
        self._batch_tokens = batch_tokens

    @property
    def in_process(self) -> bool:
        """Whether the model is in this process."""
        return isinstance(self._scorer, ModelScorer)

    def losses(
        self, groups: Sequence[Samples], progress: Callable[[int, int], None]
    ) -> list[npt.NDArray[np.float64]]:
        """Mean token losses of groups of samples, scored in one pass.

        Args:
            groups: Pairs of prompts and answers, N each.
            progress: Called with distinct samples scored and their total.

        Returns:
            For each group an array of shape (N,), in nats.
        """
        samples, position = self._distinct(groups)
        losses = self._scorer.mean_losses(samples, lambda done: progress(done, len(samples)))
        return _by_group(losses[position], groups)

    def hidden(
        self, groups: Sequence[Samples], progress: Callable[[int, int], None]
    ) -> list[npt.NDArray[np.float32]]:
        """As `losses`, of the model's mean hidden state over each answer: shapes (N, D).

        The model has to be in this process.
        """
        if not isinstance(self._scorer, ModelScorer):  # as in_process says, for the type
            raise InternalError("hidden states come from a model in this process")
        samples, position = self._distinct(groups)
        means = mean_hidden(
            self._scorer.model,
            samples,
            batch_tokens=self._batch_tokens,
            progress=lambda done: progress(done, len(samples)),
        )
        return _by_group(means[position], groups)

    def num_tokens(self, samples: Samples) -> npt.NDArray[np.int64]:
        """Tokens of each of N answers, its end token included, shape (N,)."""
        encoded, position = self._distinct([samples])
        return np.array([len(sample.ids) - sample.prompt for sample in encoded])[position]

    def _distinct(self, groups: Sequence[Samples]) -> tuple[list[Encoded], npt.NDArray[np.int64]]:
        """Each distinct sample once, and which of them each sample of the groups is."""
        pairs = [pair for prompts, texts in groups for pair in zip(prompts, texts, strict=True)]
        index: dict[tuple[str, str], int] = {}
        position = np.array(
            [index.setdefault((prompt, trimmed(text)), len(index)) for prompt, text in pairs],
            dtype=np.int64,
        )
        prompts_N, texts_N = [prompt for prompt, _ in index], [text for _, text in index]
        samples = self._form.encode(self._tokenizer, prompts_N, texts_N)
        return list(samples), position


def weigher_of(
    recipe: Recipe, adapter: Path | None, loss_over: LossOver = "sequence", *, spread: bool = False
) -> Weigher:
    """The weigher of a run's stage.

    Args:
        recipe: The run's.
        adapter: The adapter that sampled, or None.
        loss_over: Tokens that the mean is over.
        spread: Over as many processes as the filter's section asks for; else it is in this one.
    """
    rule = recipe.filter
    return Weigher(
        recipe.model,
        adapter,
        few_shot=SampleText.of_model(recipe, trained=adapter is not None).few_shot,
        separator=recipe.task.separator,
        loss_over=loss_over,
        batch_tokens=rule.batch_tokens,
        processes=rule.processes if spread else 1,
        cluster=rule.cluster if spread else "none",
    )


def _by_group(
    values_N: npt.NDArray[ScalarT], groups: Sequence[Samples]
) -> list[npt.NDArray[ScalarT]]:
    ends = np.cumsum([len(prompts) for prompts, _ in groups])
    return np.split(values_N, ends[:-1])
