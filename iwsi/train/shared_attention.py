"""Attention within joined rows, exact for the forward and the backward pass; imports torch."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from iwsi.scoring.batches import states
from iwsi.scoring.few_shot_attention import has_replaceable_attention
from iwsi.scoring.prefix_cache import keeps_every_token
from iwsi.train.shared_text import IGNORED, PROMPT_TOKENS, WEIGHT, Joined, join

NAME = "iwsi_joined_rows"

# Tokens of a joined row up to which a GPU computes all its products in one step: those between
# segments that do not see each other are wasted, and a step for each segment takes longer.
MOST_DENSE = 8192

# A `Segment` as it goes through the Trainer, which rebuilds every tuple that a batch holds.
PlainSegment = tuple[int, int, tuple[tuple[int, int], ...]]


def attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    segments: Sequence[PlainSegment] = (),
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of each segment to itself, causally, and to the segments that it comes after.

    Args:
        module: The layer's attention.
        query: Shape (1, H, L, D).
        key: Shape (1, G, L, D), G a divisor of H.
        value: As `key`.
        attention_mask: Not used: the segments say what attends to what.
        segments: They cover 0 to L in order.
        options: What else a model gives its attention.

    Returns:
        Shape (1, L, H, D), and no weights.
    """
    if query.device.type != "cpu" and query.shape[2] <= MOST_DENSE:
        mask = _dense_mask(tuple(segments), query.dtype, query.device)
        output, _ = sdpa_attention_forward(module, query, key, value, mask, **options)
        return output, None
    return _by_segment(module, query, key, value, segments, **options), None


def _by_segment(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    segments: Sequence[PlainSegment],
    **options: Any,
) -> torch.Tensor:
    """As `attention`, one segment after the other: the fewest products, in many small steps."""
    found = []
    for begin, end, after in segments:
        spans = [*after, (begin, end)]
        before = sum(last - first for first, last in after)
        mask = None
        if before:  # without one, PyTorch's own causal attention is right, and faster
            mask = _mask(end - begin, before, query.dtype, query.device)
        output, _ = sdpa_attention_forward(
            module,
            query[:, :, begin:end],
            _gathered(key, spans),
            _gathered(value, spans),
            mask,
            **options,
        )
        found.append(output)
    return torch.cat(found, dim=1)


def can_join(model: Any) -> bool:
    """Whether joined rows get from the model the logits that they get on their own.

    Seen by trying it on a few tokens. What a model forgets after many tokens does not show in a
    few, so layers with a window or a recurrent state are refused by their kind.

    Args:
        model: A causal language model in evaluation mode, with transformers' own attention.
    """
    device = next(model.parameters()).device
    if not has_replaceable_attention(model) or not keeps_every_token(model, device):
        return False
    rows = _trial_rows()
    joined = join(rows)
    with torch.no_grad():
        alone = [_logits(model, row["input_ids"], device) for row in rows]
        with_joined_rows(model)
        try:
            together = states(model(**arguments(joined, device), use_cache=False))[0]
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, TypeError, LookupError, AttributeError, ValueError):
            return False
        finally:
            model.config._attn_implementation = "sdpa"
    tolerance = max(1e-4, 8 * torch.finfo(together.dtype).eps)
    ends = [int(np.flatnonzero(joined.row_L == i)[-1]) for i in range(len(rows))]
    return all(
        bool((together[end] - logits[-1]).norm() <= tolerance * logits[-1].norm())
        for end, logits in zip(ends, alone, strict=True)
    )


def with_joined_rows(model: Any) -> Any:
    """The model, which from now on is called with `arguments` alone."""
    model.config._attn_implementation = NAME
    return model


def arguments(joined: Joined, device: Any = "cpu") -> dict[str, Any]:
    """Token ids, positions and segments, as the model's forward pass takes them."""
    return {
        "input_ids": torch.from_numpy(joined.ids_L)[None].to(device),
        "position_ids": torch.from_numpy(joined.positions_L)[None].to(device),
        "segments": tuple(tuple(segment) for segment in joined.segments),
    }


def collate(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """B rows as one batch of a single joined row, with a weight for each token if they have any.

    Rows of one token only fill up a batch and have no loss.
    """
    full = [row for row in rows if len(row["input_ids"]) > 1] or list(rows[:1])
    joined = join(full)
    batch = {**arguments(joined), "labels": torch.from_numpy(joined.labels_L)[None]}
    if WEIGHT in full[0]:
        weight_B = torch.tensor([row[WEIGHT] for row in full])
        batch[WEIGHT] = weight_B[torch.from_numpy(joined.row_L)][None]
    return batch


def _gathered(states_1GLD: torch.Tensor, spans: Sequence[tuple[int, int]]) -> torch.Tensor:
    found = [states_1GLD[:, :, begin:end] for begin, end in spans]
    return found[0] if len(found) == 1 else torch.cat(found, dim=2)


@lru_cache(maxsize=64)
def _mask(length: int, before: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Added to products: all of what comes before may be seen, and no later token."""
    hidden = torch.ones(length, before + length, dtype=torch.bool, device=device).triu(before + 1)
    mask = torch.zeros(length, before + length, dtype=dtype, device=device)
    return mask.masked_fill(hidden, torch.finfo(dtype).min)[None, None]


@lru_cache(maxsize=2)
def _dense_mask(
    segments: tuple[PlainSegment, ...], dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    """What is added to all products of a joined row, shape (1, 1, L, L), once for all layers."""
    length = segments[-1][1]
    seen = torch.zeros(length, length, dtype=torch.bool)
    for begin, end, after in segments:
        for first, last in after:
            seen[begin:end, first:last] = True
        seen[begin:end, begin:end] = torch.ones(end - begin, end - begin, dtype=torch.bool).tril()
    hidden = torch.finfo(dtype).min
    mask = torch.zeros(length, length, dtype=dtype, device=device)
    return mask.masked_fill(~seen.to(device), hidden)[None, None]


def _no_mask(*args: Any, **kwargs: Any) -> None:
    """Segments take the place of a mask over all tokens."""


def _trial_rows() -> list[dict[str, Any]]:
    """Two questions after one text, of two answers and one."""
    text = np.arange(1, 7) % 5 + 1
    questions = [np.r_[text, [2, 3, 1]], np.r_[text, [3, 3, 4, 1]]]
    rows = []
    for question, length in ((0, 2), (0, 4), (1, 3)):
        ids = np.r_[questions[question], np.arange(length) % 4 + 1]
        prompt = len(questions[question])
        labels = np.r_[np.full(prompt, IGNORED), ids[prompt:]]
        rows.append({"input_ids": ids, "labels": labels, PROMPT_TOKENS: prompt})
    return rows


def _logits(model: Any, ids: Any, device: Any) -> torch.Tensor:
    row = torch.as_tensor(np.asarray(ids))[None].to(device)
    found: torch.Tensor = states(model(input_ids=row, use_cache=False))[0]
    return found


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, _no_mask)
