"""Exact vote shares without sampling, where an answer is one of a closed list of labels.

Each label's whole answer is scored once per question; all of a question's labels share one pass
over its prompt. The probability that the model samples an answer at temperature 1 is the product
of its tokens' probabilities, end token included.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iwsi.records import CANDIDATES
from iwsi.tasks.sample_text import SampleText


@dataclass(frozen=True, slots=True, eq=False)
class LabelScores:
    """What the model says of L labels' answers to Q questions; arrays have shape (Q, L).

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
    sample_text: SampleText,
    prompts: Sequence[str],
    completions: Sequence[str],
    batch_tokens: int,
    progress: Callable[[int], None] = lambda done: None,
) -> LabelScores:
    """Score every label's answer to every question.

    Args:
        model: A transformers causal language model in evaluation mode.
        tokenizer: Its tokenizer.
        sample_text: How a prompt and its completion become text.
        prompts: Q prompts.
        completions: The L labels' answers.
        batch_tokens: Most tokens of a forward pass.
        progress: Called with how many answers are scored.
    """
    from iwsi.scoring.losses import token_losses

    samples = list(
        sample_text.encode(
            tokenizer,
            [prompt for prompt in prompts for _ in completions],
            [completion for _ in prompts for completion in completions],
        )
    )
    losses = token_losses(model, samples, batch_tokens=batch_tokens, progress=progress)
    shape = (len(prompts), len(completions))
    return LabelScores(-losses.completion.reshape(shape), losses.completion_tokens.reshape(shape))


def exact_candidates(
    question_ids: Sequence[str],
    prompts: Sequence[str],
    completions: Sequence[str],
    scores: LabelScores,
) -> pa.Table:
    """One candidate for each question and label (records.CANDIDATES), likeliest first."""
    order_QL = np.argsort(-scores.logprob_QL, axis=1, kind="stable")
    num_labels = len(completions)
    texts = np.array(completions, dtype=object)[order_QL]
    columns = {
        "question_id": np.repeat(np.array(question_ids, dtype=object), num_labels),
        "candidate_id": np.tile(np.arange(num_labels, dtype=np.int32), len(question_ids)),
        "prompt": np.repeat(np.array(prompts, dtype=object), num_labels),
        "text": texts.ravel(),
        "finish_reason": np.full(texts.size, "stop", dtype=object),
        "num_tokens": np.take_along_axis(scores.num_tokens_QL, order_QL, 1).ravel(),
        "logprob": np.take_along_axis(scores.logprob_QL, order_QL, 1).ravel(),
    }
    return pa.table(
        {field.name: pa.array(columns[field.name], field.type) for field in CANDIDATES},
        schema=CANDIDATES,
    )
