"""A prompt and its completion become tokens, in one way for every stage."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

# Texts handed to the tokenizer at once; its own result takes many times their room.
BLOCK = 4096


class Encoded(NamedTuple):
    """One sample as tokens: `ids[:context]` few-shot text, then the prompt, then the completion."""

    ids: npt.NDArray[np.int32]
    context: int
    prompt: int  # tokens before the completion, the context's included


def encode(
    tokenizer: Any, few_shot: str, prompts: Sequence[str], completions: Sequence[str]
) -> Iterator[Encoded]:
    """Tokenise samples as TRL does for `prompt`/`completion` rows, end-of-sequence included.

    Prompt and completion are tokenised together; the completion begins where that differs from
    the prompt alone.
    """
    context = len(tokenizer(few_shot)["input_ids"]) if few_shot else 0
    eos = tokenizer.eos_token or ""
    for begin in range(0, len(prompts), BLOCK):
        before = [few_shot + prompt for prompt in prompts[begin : begin + BLOCK]]
        after = completions[begin : begin + BLOCK]
        alone = _ids(tokenizer, before)
        joint = _ids(tokenizer, [p + c + eos for p, c in zip(before, after, strict=True)])
        for ids, prompt_ids in zip(joint, alone, strict=True):
            yield Encoded(ids, context, _common_prefix(ids, prompt_ids))


def longest(tokenizer: Any, few_shot: str, prompts: Sequence[str]) -> int:
    """Tokens of the longest prompt, few-shot text included."""
    texts = [few_shot + prompt for prompt in prompts]
    return max(
        len(ids)
        for begin in range(0, len(texts), BLOCK)
        for ids in tokenizer(texts[begin : begin + BLOCK])["input_ids"]
    )


def _ids(tokenizer: Any, texts: Sequence[str]) -> list[npt.NDArray[np.int32]]:
    return [np.array(ids, dtype=np.int32) for ids in tokenizer(list(texts))["input_ids"]]


def _common_prefix(left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]) -> int:
    shorter = min(len(left), len(right))
    differs = np.flatnonzero(left[:shorter] != right[:shorter])
    return int(differs[0]) if differs.size else shorter
