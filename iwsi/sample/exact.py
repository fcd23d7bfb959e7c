"""Exact vote shares without sampling, where an answer is one of a closed list of labels.

Each label's whole answer is scored once per question; all of a question's labels share one pass
over its prompt. The probability that the model samples an answer at temperature 1 is the product
of its tokens' probabilities, end token included.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from iwsi.errors import InternalError
from iwsi.recipe import Model
from iwsi.sample.engine import Candidate, Decoding, Engine, EngineName, Prompt
from iwsi.tasks.encoding import Encoded, encode

BATCH_TOKENS = 16_384  # of a forward pass


@dataclass(frozen=True, slots=True, eq=False)
class LabelScores:
    """The model's probabilities of L labels as answers to Q questions; arrays have shape (Q, L).

    Attributes:
        logprob_QL: natural log of an answer's probability, end token included.
        num_tokens_QL: its tokens, end token included.
    """

    logprob_QL: npt.NDArray[np.float64]
    num_tokens_QL: npt.NDArray[np.int64]

    @property
    def share_QL(self) -> npt.NDArray[np.float64]:
        """Each label's share of the probability of all labels."""
        relative_QL = np.exp(self.logprob_QL - self.logprob_QL.max(axis=1, keepdims=True))
        return np.asarray(relative_QL / relative_QL.sum(axis=1, keepdims=True))

    @property
    def covered_Q(self) -> npt.NDArray[np.float64]:
        """The probability of sampling any of the labels' answers; the rest is other text."""
        return np.asarray(np.exp(self.logprob_QL).sum(axis=1))


def label_scores(
    model: Any,
    tokenizer: Any,
    *,
    prompts: Sequence[str],
    completions: Sequence[str],
    batch_tokens: int,
    progress: Callable[[int], None] = lambda done: None,
) -> LabelScores:
    """Score every label's answer to every question.

    Args:
        model: A transformers causal language model in evaluation mode.
        tokenizer: Its tokenizer.
        prompts: Q prompts, few-shot text included.
        completions: The L labels' answers, with what stands between a prompt and its answer.
        batch_tokens: Most tokens of a forward pass.
        progress: Called with how many answers are scored.
    """
    from iwsi.scoring.losses import token_losses

    samples = list(
        encode(
            tokenizer,
            "",
            [prompt for prompt in prompts for _ in completions],
            [completion for _ in prompts for completion in completions],
        )
    )
    num_labels = len(completions)
    begun = [
        sample
        for begin in range(0, len(samples), num_labels)
        for sample in _with_common_beginning(samples[begin : begin + num_labels])
    ]
    losses = token_losses(model, begun, batch_tokens=batch_tokens, progress=progress)
    shape = (len(prompts), num_labels)
    return LabelScores(
        -(losses.prompt + losses.completion).reshape(shape),
        (losses.prompt_tokens + losses.completion_tokens).reshape(shape),
    )


def _with_common_beginning(samples: Sequence[Encoded]) -> list[Encoded]:
    """One question's labels, with the tokens that all answers begin with as a part of the prompt.

    The prompt is then the context, whose loss does not count, and the common tokens are what the
    scorer calls the prompt: they are read once, and their loss is the same for every label.
    """
    first = samples[0]
    common = min(len(sample.ids) for sample in samples) - 1
    if any(sample.prompt != first.prompt for sample in samples):
        common = 0  # a tokenizer that joins the prompt's end to the answers in different ways
    for sample in samples:
        differs = np.flatnonzero(sample.ids[:common] != first.ids[:common])
        common = int(differs[0]) if differs.size else common
    return [Encoded(s.ids, s.prompt, max(common, s.prompt)) for s in samples]


class ExactEngine(Engine):
    """Answers prompts with every completion of the closed list, likeliest first.

    Greedy decoding takes the likeliest alone, and so may differ from generated text, whose first
    token is chosen before what follows it is known.

    Args:
        model: The base model.
        adapter: An adapter to merge in, or None.
        window: Questions that are scored together.
    """

    name: EngineName = "transformers"

    def __init__(self, model: Model, adapter: Path | None, *, window: int) -> None:
        from iwsi.models import load_model, load_tokenizer

        self._window = window
        self._tokenizer = load_tokenizer(model)
        self._model = load_model(model, adapter)

    def generate(
        self, prompts: Iterable[Prompt], decoding: Decoding
    ) -> Iterator[tuple[str, list[Candidate]]]:
        """Yield questions in their order."""
        if not decoding.completions:
            raise InternalError("the exact engine was asked to generate text")
        waiting = iter(prompts)
        while window := list(itertools.islice(waiting, self._window)):
            scores = label_scores(
                self._model,
                self._tokenizer,
                prompts=[prompt.text for prompt in window],
                completions=decoding.completions,
                batch_tokens=BATCH_TOKENS,
            )
            kept = 1 if decoding.temperature == 0 else len(decoding.completions)
            for row, prompt in enumerate(window):
                order = np.argsort(-scores.logprob_QL[row], kind="stable")[:kept]
                yield (
                    prompt.question_id,
                    [
                        Candidate(
                            text=decoding.completions[label],
                            finish_reason="stop",
                            num_tokens=int(scores.num_tokens_QL[row, label]),
                            logprob=float(scores.logprob_QL[row, label]),
                        )
                        for label in order
                    ],
                )
