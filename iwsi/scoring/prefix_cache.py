"""Keys and values of prefixes, read by many rows at once; imports torch and transformers."""

import inspect
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

from iwsi.scoring.batches import Forward, Rows, padded
from iwsi.scoring.few_shot_attention import Start, attending_to


class Prefixes(NamedTuple):
    """Keys and values of P prefixes of at most W tokens in every layer, with a mask."""

    layers: list[DynamicLayer]  # keys and values of shape (P, heads, W, width of a head)
    mask_PW: torch.Tensor

    @property
    def start(self) -> Start:
        """The only prefix as a text that all rows follow."""
        return [(layer.keys[0], layer.values[0]) for layer in self.layers]


class _Joined(DynamicLayer):  # type: ignore[misc]  # transformers is untyped
    """A layer in which each row follows one of the prefixes.

    The prefixes are laid out row by row only while the layer is at work, so that a batch costs
    the memory of one layer and not of all.
    """

    def __init__(self, prefix: DynamicLayer, rows_B: torch.Tensor) -> None:
        super().__init__()
        self.keys, self.values = prefix.keys, prefix.values
        self.dtype, self.device = prefix.keys.dtype, prefix.keys.device
        self.is_initialized = True
        self._rows_B = rows_B

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        keys = torch.cat([self.keys[self._rows_B], key_states], dim=-2)
        values = torch.cat([self.values[self._rows_B], value_states], dim=-2)
        return keys, values


def read(
    forward: Forward, rows: Rows, device: Any, *, begin: int = 0, start: Start | None = None
) -> tuple[Any, Prefixes]:
    """The output for B token rows, and what they leave as prefixes.

    Args:
        forward: The model.
        rows: Token ids.
        device: Where the model is.
        begin: Position of each row's first token.
        start: The `begin` tokens that all rows follow.
    """
    ids_BT, mask_BT = padded(rows, device)
    cache = DynamicCache()
    with attending_to(forward, start, masked=False) as options:
        output = forward(
            input_ids=ids_BT,
            position_ids=begin + torch.arange(ids_BT.shape[1], device=device)[None],
            past_key_values=cache,
            use_cache=True,
            **options,
        )
    return output, Prefixes(list(cache.layers), mask_BT)


def read_after(
    forward: Forward,
    prefixes: Prefixes,
    follows: Sequence[int],
    rows: Rows,
    begins: Sequence[int],
    *,
    start: Start | None = None,
) -> Any:
    """The output for B token rows, each after a prefix.

    Args:
        forward: The model.
        prefixes: P of them.
        follows: Which prefix each of the B rows follows, shape (B,).
        rows: Token ids.
        begins: Position of each row's first token, shape (B,).
        start: What the prefixes follow in their turn.
    """
    device = prefixes.mask_PW.device
    ids_BT, mask_BT = padded(rows, device)
    follows_B = torch.tensor(follows, device=device)
    mask_BS = torch.cat([prefixes.mask_PW[follows_B], mask_BT], dim=1)
    positions_BT = torch.tensor(begins, device=device)[:, None] + torch.arange(
        ids_BT.shape[1], device=device
    )
    cache = DynamicCache()
    cache.layers = [_Joined(layer, follows_B) for layer in prefixes.layers]
    with attending_to(forward, start, masked=True) as options:
        return forward(
            input_ids=ids_BT,
            attention_mask=mask_BS,
            position_ids=positions_BT,
            past_key_values=cache,
            use_cache=True,
            **options,
        )


def keeps_every_token(forward: Forward, device: Any) -> bool:
    """Whether the model takes a cache and each of its layers keeps all keys and values there."""
    takes = inspect.signature(getattr(forward, "forward", forward)).parameters
    if not {"past_key_values", "position_ids", "attention_mask"} <= set(takes):
        return False
    try:
        output = forward(input_ids=torch.tensor([[1, 2]], device=device), use_cache=True)
    except ValueError:
        return False  # a model without attention asks its cache for what only attention keeps
    cache: Any = getattr(output, "past_key_values", None)
    return type(cache) is DynamicCache and all(
        type(layer) is DynamicLayer for layer in cache.layers
    )
