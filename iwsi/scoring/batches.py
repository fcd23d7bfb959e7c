"""A model reads samples in passes: batches of like length, padded."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from iwsi.tasks.encoding import Encoded

if TYPE_CHECKING:
    import torch

Rows = Sequence[npt.NDArray[np.int32]]
Forward = Callable[..., Any]  # a transformers model or its decoder


# On a CPU a larger pass is slower, since its states leave the cache; on a GPU it is faster.
CPU_PASS_TOKENS = 1024


class Span(NamedTuple):
    """Tokens `begin` to `end` of samples that are equal up to there, token `end` included."""

    samples: list[int]
    begin: int
    end: int


class Pass(NamedTuple):
    """The model's output for B spans at once, padded on the right to the longest."""

    spans: list[Span]
    output: Any


def plain_passes(
    forward: Forward, samples: Sequence[Encoded], *, batch_tokens: int, device: Any
) -> Iterator[Pass]:
    """Read each sample on its own, in batches of like length.

    Args:
        forward: Takes token ids and gives hidden states or logits.
        samples: N tokenised samples.
        batch_tokens: Limit per forward pass, padding too; a longer sample goes alone.
        device: Where the model is.

    Yields:
        Passes, in which every sample is one span.
    """
    lengths = [len(sample.ids) for sample in samples]
    for rows in batches(lengths, batch_tokens, pass_tokens=pass_limit(device)):
        # No mask: attention looks back, and padding is behind every token that counts.
        ids_BT, _ = padded([samples[i].ids for i in rows], device)
        output = forward(input_ids=ids_BT, use_cache=False)
        yield Pass([Span([i], 0, len(samples[i].ids)) for i in rows], output)


def states(output: Any) -> "torch.Tensor":
    """A decoder's last states, shape (B, T, D), or a whole model's logits, shape (B, T, V)."""
    found: torch.Tensor = output.logits if "logits" in output else output.last_hidden_state
    return found


def batches(
    lengths: Sequence[int], batch_tokens: int, *, behind: int = 0, pass_tokens: int | None = None
) -> Iterator[list[int]]:
    """Indices in batches of like length, longest first: what will not fit fails at once.

    Args:
        lengths: Tokens to read of each row.
        batch_tokens: Most tokens of a batch, padding and what is behind each row included.
        behind: Tokens in the cache that each row follows.
        pass_tokens: Most tokens read at once, padding included, if that is limited too.
    """
    batch: list[int] = []
    longest = 0
    pass_tokens = batch_tokens if pass_tokens is None else pass_tokens
    for i in np.argsort(-np.asarray(lengths), kind="stable"):
        longest = longest or lengths[i]
        count = len(batch) + 1
        full = (behind + longest) * count > batch_tokens or longest * count > pass_tokens
        if batch and full:
            yield batch
            batch, longest = [], lengths[i]
        batch.append(int(i))
    if batch:
        yield batch


def pass_limit(device: Any) -> int | None:
    """Most tokens that the device reads at once without loss of speed, or None for any."""
    import torch

    return CPU_PASS_TOKENS if torch.device(device).type == "cpu" else None


def padded(rows: Rows, device: Any) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Token rows and their attention mask, shapes (B, T), padded on the right to the longest."""
    import torch

    ids_BT = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    mask_BT = torch.zeros_like(ids_BT)
    for i, row in enumerate(rows):
        ids_BT[i, : len(row)] = torch.from_numpy(row)
        mask_BT[i, : len(row)] = 1
    return ids_BT.to(device), mask_BT.to(device)
