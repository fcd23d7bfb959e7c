"""Attention to a text that every row follows, read once for all; imports torch and transformers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import eager_mask

from iwsi.runtime.cpu_products import linear
from iwsi.scoring.batches import Forward

NAME = "iwsi_shared_start"
# Products of queries and keys held at a time, in float32, for all heads that share their keys.
SCORE_BYTES = 2**28
CPU_QUERIES = 64  # queries of a block that leaves out the keys behind it; 32 to 96 are as fast

# Keys and values of the text in each layer, both of shape (heads of keys, S, width of a head).
Start = Sequence[tuple[torch.Tensor, torch.Tensor]]


@contextmanager
def attending_to(
    forward: Forward, start: Start | None, *, masked: bool
) -> Iterator[dict[str, Any]]:
    """While it is open, calls with the arguments that it yields attend to the text as well.

    The model's attention has to be `sdpa`, and to hand on what it is given (`can_share` tries).
    Calls that are `masked` get their mask as numbers, of which else each layer makes its own.
    """
    if not has_replaceable_attention(forward) or not (masked or start):
        yield {}
        return
    config: Any = forward.config  # type: ignore[attr-defined]  # it has one
    usual = config._attn_implementation
    config._attn_implementation = NAME
    try:
        yield {} if start is None else {"shared_start": start}
    finally:
        config._attn_implementation = usual


def has_replaceable_attention(forward: Forward) -> bool:
    """Whether the model computes its attention by the function that its configuration names."""
    return getattr(getattr(forward, "config", None), "_attn_implementation", None) == "sdpa"


def attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor,
    *,
    scaling: float,
    shared_start: Start | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of B rows to S tokens that all follow, then to W of each row's own.

    All rows' products with the text are one product of matrices, which needs neither a mask nor
    a copy of the text for each row.

    Args:
        module: The layer's attention, with a `layer_idx`.
        query: Shape (B, H, T, D).
        key: Shape (B, G, W, D), G a divisor of H.
        value: As `key`.
        attention_mask: What is added to the products with own tokens, shape (B, 1, T, W).
        scaling: Of the products of queries and keys.
        shared_start: The text, if there is one.
        options: What else a model gives its attention.

    Returns:
        Shape (B, T, H, D), and no weights.
    """
    if shared_start is None:
        own = _own_attention(module, query, key, value, attention_mask, scaling, options)
        return own, None
    start = shared_start[module.layer_idx]
    count, heads, length = query.shape[:3]
    row_bytes = 4 * heads // key.shape[1] * length * (start[0].shape[-2] + key.shape[-2])
    step = max(1, SCORE_BYTES // row_bytes)
    mask = attention_mask.expand(count, -1, -1, -1)
    rows = [slice(begin, begin + step) for begin in range(0, count, step)]
    found = [_attended(query[b], key[b], value[b], mask[b], start, scaling) for b in rows]
    return torch.cat(found), None


def _own_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor,
    scaling: float,
    options: dict[str, Any],
) -> torch.Tensor:
    """PyTorch's attention of T queries to W keys, of which the last T are the queries' own.

    With a mask it computes masked products as well. On a CPU blocks of queries therefore leave out
    the keys behind their last query; a GPU is faster with one step.
    """
    length, before = query.shape[2], key.shape[2] - query.shape[2]
    step = CPU_QUERIES if query.device.type == "cpu" else length
    found: list[torch.Tensor] = []
    for begin in range(0, length, step):
        end = min(begin + step, length)
        seen = before + end
        block, _ = sdpa_attention_forward(
            module,
            query[:, :, begin:end],
            key[:, :, :seen],
            value[:, :, :seen],
            mask[:, :, begin:end, :seen],
            scaling=scaling,
            **options,
        )
        found.append(block)
    return torch.cat(found, dim=1)


def _attended(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor,
    start: tuple[torch.Tensor, torch.Tensor],
    scaling: float,
) -> torch.Tensor:
    start_keys_GSD, start_values_GSD = start
    rows, heads, length, width = query.shape
    groups, positions = key.shape[1:3]
    # Heads that share their keys are further queries: N = H / G * T of them a row.
    heads_per_group = heads // groups
    mask_BNW = mask.expand(rows, heads_per_group, length, positions).reshape(
        rows, heads_per_group * length, positions
    )
    query_GBND = (
        (query * scaling).reshape(rows, groups, heads_per_group * length, width).transpose(0, 1)
    )
    found_GBND = query.new_empty(groups, rows, heads_per_group * length, value.shape[-1])
    for group in range(groups):
        query_BND = query_GBND[group].contiguous()
        to_start_BNS = linear(query_BND, start_keys_GSD[group])
        scores_BNW = torch.baddbmm(mask_BNW, query_BND, key[:, group].transpose(1, 2))
        weight = torch.cat([to_start_BNS, scores_BNW], dim=-1).softmax(-1, dtype=torch.float32)
        on_start_BNS, share_BNW = torch.tensor_split(
            weight.to(query.dtype), [to_start_BNS.shape[-1]], dim=-1
        )
        found_GBND[group] = torch.baddbmm(
            linear(on_start_BNS, start_values_GSD[group].t()), share_BNW, value[:, group]
        )
    found_BGHTD = found_GBND.view(groups, rows, heads_per_group, length, -1).transpose(0, 1)
    return found_BGHTD.reshape(rows, heads, length, -1).transpose(1, 2)


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, eager_mask)
