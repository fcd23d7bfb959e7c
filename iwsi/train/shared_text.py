"""Rows of a batch joined so that the text which they share is read once; imports numpy alone."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from iwsi.tasks.encoding import common_prefix

IGNORED = -100  # the label of a token without a loss
# Columns of a row beside `input_ids` and `labels`.
PROMPT_TOKENS = "prompt_tokens"  # tokens before the completion
WEIGHT = "weight"  # its loss weight, where they differ
# Joining pays from this share of the tokens on: attention then takes more and smaller steps.
LEAST_SAVED = 0.2
# Micro batches that the share is estimated from.
LOOKED_AT = 50


class Segment(NamedTuple):
    """Tokens `begin` to `end` of the joined row; they attend to the spans `after` as well."""

    begin: int
    end: int
    after: tuple[tuple[int, int], ...]


class Joined(NamedTuple):
    """B rows as one of L tokens.

    Attributes:
        ids_L: Token ids.
        labels_L: The same where a token has a loss, else -100.
        positions_L: Each token's place in the row that it came from.
        row_L: The row of each token; of shared ones, the first.
        segments: They cover 0 to L in order. Within one, attention is causal.
    """

    ids_L: npt.NDArray[np.int64]
    labels_L: npt.NDArray[np.int64]
    positions_L: npt.NDArray[np.int64]
    row_L: npt.NDArray[np.int64]
    segments: tuple[Segment, ...]


class _Part(NamedTuple):
    """Tokens `begin` to `end` of a row, behind other parts."""

    row: int
    begin: int
    end: int
    after: tuple[int, ...]


def join(rows: Sequence[dict[str, Any]]) -> Joined:
    """Join rows whose prompts have no loss: the text that all begin with, then each question once.

    The last token of a prompt stands before each completion, because its state predicts the
    completion's first token, which differs from row to row.

    Args:
        rows: B rows of `input_ids`, `labels` and `prompt_tokens`.
    """
    ids = [np.asarray(row["input_ids"], dtype=np.int64) for row in rows]
    prompts = [int(row[PROMPT_TOKENS]) for row in rows]
    parts = _parts(ids, prompts)
    begins = np.cumsum([0, *(part.end - part.begin for part in parts)])
    spans = [(int(begins[i]), int(begins[i + 1])) for i in range(len(parts))]
    labels = [np.asarray(row["labels"], dtype=np.int64) for row in rows]
    return Joined(
        np.concatenate([ids[part.row][part.begin : part.end] for part in parts]),
        np.concatenate([_labels(labels[part.row], part) for part in parts]),
        np.concatenate([np.arange(part.begin, part.end) for part in parts]),
        np.concatenate([np.full(part.end - part.begin, part.row) for part in parts]),
        tuple(
            Segment(*span, tuple(spans[i] for i in part.after))
            for span, part in zip(spans, parts, strict=True)
        ),
    )


def common_start(rows: Sequence[dict[str, Any]]) -> int:
    """Tokens that all rows begin with and that `join` reads once."""
    return _common_start(
        [np.asarray(row["input_ids"]) for row in rows], [int(row[PROMPT_TOKENS]) for row in rows]
    )


def saved_share(rows: Sequence[dict[str, Any]], order: Sequence[int], micro: int) -> float:
    """Share of the tokens, padding not counted, that joining saves, from the first micro batches.

    Args:
        rows: N rows, as `join` takes them.
        order: Indices of rows, `micro` for each forward pass.
        micro: Rows of a forward pass.
    """
    plain = joined = 0
    for batch in islice(_batches(rows, order, micro), LOOKED_AT):
        plain += sum(len(row["input_ids"]) for row in batch)
        joined += len(join(batch).ids_L)
    return 1 - joined / plain if plain else 0.0


def _batches(
    rows: Sequence[dict[str, Any]], order: Sequence[int], micro: int
) -> Iterator[list[dict[str, Any]]]:
    for begin in range(0, len(order), micro):
        yield [rows[i] for i in order[begin : begin + micro]]


def _parts(ids: Sequence[npt.NDArray[np.int64]], prompts: Sequence[int]) -> list[_Part]:
    start = _common_start(ids, prompts)
    parts = [_Part(0, 0, start, ())] if start else []
    root = (0,) if start else ()
    groups: dict[bytes, list[int]] = {}
    for i, row_ids in enumerate(ids):
        groups.setdefault(row_ids[start : prompts[i] - 1].tobytes(), []).append(i)
    for group in groups.values():
        last = prompts[group[0]] - 1
        if len(group) == 1 or last <= start:
            parts += [_Part(i, start, len(ids[i]), root) for i in group]
            continue
        question = len(parts)
        parts.append(_Part(group[0], start, last, root))
        parts += [_Part(i, last, len(ids[i]), (*root, question)) for i in group]
    return parts


def _common_start(ids: Sequence[npt.NDArray[Any]], prompts: Sequence[int]) -> int:
    """Tokens that all begin with; at least the last token of each prompt is left out."""
    if len(ids) < 2:
        return 0
    limit = max(min(prompts) - 1, 0)
    return common_prefix([row_ids[:limit] for row_ids in ids])


def _labels(labels: npt.NDArray[np.int64], part: _Part) -> npt.NDArray[np.int64]:
    """A part's labels. Its first token follows another row's there: it is no loss of that one."""
    found = labels[part.begin : part.end].copy()
    found[0] = IGNORED
    return found
