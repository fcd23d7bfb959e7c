"""A prompt and its completion become tokens, in one way for every stage."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Encoded(NamedTuple):
    """One sample as tokens: `ids[:context]` few-shot text, then the prompt, then the completion."""

    ids: list[int]
    context: int
    prompt: int  # tokens before the completion, the context's included


def encode(
    tokenizer: Any, few_shot: str, prompts: Sequence[str], completions: Sequence[str]
) -> list[Encoded]:
    """Tokenise samples as TRL does for `prompt`/`completion` rows, end-of-sequence included.

    Prompt and completion are tokenised together; the completion begins where that differs from
    the prompt alone.
    """
    context = len(tokenizer(few_shot)["input_ids"]) if few_shot else 0
    eos = tokenizer.eos_token or ""
    alone = tokenizer([few_shot + prompt for prompt in prompts])["input_ids"]
    joint = tokenizer([few_shot + p + c + eos for p, c in zip(prompts, completions, strict=True)])[
        "input_ids"
    ]
    return [
        Encoded(ids, context, _common_prefix(ids, prompt_ids))
        for ids, prompt_ids in zip(joint, alone, strict=True)
    ]


def _common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    for i, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return i
    return min(len(left), len(right))
