"""A prompt and its completion become tokens, in one way for every stage."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

# For each of N completions the tokens that were sampled, or None; empty: there are none.
TokenIds = Sequence[npt.NDArray[np.int32] | None]

# Texts handed to the tokenizer at once; its own result takes many times their room.
BLOCK = 4096

# It has no width: a special token's text with one in it looks the same and is a text.
_WORD_JOINER = "\u2060"


class Encoded(NamedTuple):
    """One sample as tokens: `ids[:context]` few-shot text, then the prompt, then the completion."""

    ids: npt.NDArray[np.int32]
    context: int
    prompt: int  # tokens before the completion, the context's included


def encode(
    tokenizer: Any,
    few_shot: str,
    prompts: Sequence[str],
    completions: Sequence[str],
    token_ids: TokenIds = (),
) -> Iterator[Encoded]:
    """Tokenise samples, end-of-sequence included.

    Sampled tokens follow those of the prompt as they followed them when they were sampled. Any
    other completion is tokenised together with its prompt, and begins where that differs from the
    prompt alone.
    """
    context = len(prompt_tokens(tokenizer, [few_shot])[0]) if few_shot else 0
    eos = tokenizer.eos_token or ""
    for begin in range(0, len(prompts), BLOCK):
        block = slice(begin, begin + BLOCK)
        before, after = [few_shot + prompt for prompt in prompts[block]], completions[block]
        sampled = token_ids[block] or [None] * len(before)
        alone = _tokens_of_distinct(tokenizer, before)
        rows = [p + c + eos for p, c, s in zip(before, after, sampled, strict=True) if s is None]
        joint = iter(prompt_tokens(tokenizer, rows))
        for prompt_ids, completion_ids in zip(alone, sampled, strict=True):
            if completion_ids is None:
                ids = np.array(next(joint), dtype=np.int32)
                yield Encoded(ids, context, common_prefix([ids, prompt_ids]))
            else:
                ids = np.concatenate([prompt_ids, completion_ids], dtype=np.int32)
                yield Encoded(ids, context, len(prompt_ids))


def common_prefix(rows: Sequence[npt.NDArray[Any]]) -> int:
    """How many tokens all rows begin with; of a single row, all."""
    length = min(map(len, rows))
    for ids in rows[1:]:
        differs = np.flatnonzero(ids[:length] != rows[0][:length])
        length = int(differs[0]) if differs.size else length
    return length


def prompt_tokens(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """The tokens of texts that a model goes on from.

    They begin as the tokenizer begins a sequence, once even where a text begins with the start
    token itself, and never end with the end token that some tokenizers add.
    """
    if not texts:
        return []
    start = _start_tokens(tokenizer)
    rows: list[list[int]] = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    if not start:
        return rows
    return [[*start, *ids[ids[:1] == start[-1:] :]] for ids in rows]


def longest(tokenizer: Any, few_shot: str, prompts: Sequence[str]) -> int:
    """Tokens of the longest prompt, few-shot text included."""
    return max(
        len(ids)
        for begin in range(0, len(prompts), BLOCK)
        for ids in prompt_tokens(
            tokenizer, [few_shot + prompt for prompt in prompts[begin : begin + BLOCK]]
        )
    )


def special_tokens(tokenizer: Any) -> tuple[str, ...]:
    """The texts of a tokenizer's special tokens, longest first."""
    added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    found = {text for text in (*added, *tokenizer.all_special_tokens) if len(text) > 1}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def as_plain_text(text: str, specials: Sequence[str]) -> str:
    """A text in which no special token stands: where one would, a joiner without width is put in.

    A question that quotes `<|im_end|>` does not end its turn.
    """
    for special in specials:
        if special in text:
            text = text.replace(special, special[0] + _WORD_JOINER + special[1:])
    return text


def _start_tokens(tokenizer: Any) -> list[int]:
    """The tokens that the tokenizer puts before every sequence."""
    with_special: list[int] = tokenizer("a")["input_ids"]
    bare: list[int] = tokenizer("a", add_special_tokens=False)["input_ids"]
    for begin in range(len(with_special) - len(bare) + 1):
        if with_special[begin : begin + len(bare)] == bare:
            return with_special[:begin]
    return []


def _tokens_of_distinct(tokenizer: Any, texts: Sequence[str]) -> list[npt.NDArray[np.int32]]:
    """The tokens of texts as `prompt_tokens` gives them; a repeated text is tokenised once."""
    distinct = list(dict.fromkeys(texts))
    rows = [np.array(ids, dtype=np.int32) for ids in prompt_tokens(tokenizer, distinct)]
    tokens = dict(zip(distinct, rows, strict=True))
    return [tokens[text] for text in texts]
