"""Single texts that a report lists: candidates, labelled rows, and items that changed sides."""

import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from iwsi.report.data import Candidate, Flip, Round
from iwsi.report.reader import RunReader


def read_flips(
    reader: RunReader, rounds: Sequence[Round], result: int | None, max_text: int
) -> tuple[Flip, ...]:
    """Items that the result, or else the last tested round, fixed or broke against the base."""
    tested = [data.number for data in rounds if data.test is not None and data.number]
    number = result if result in tested else (tested[-1] if tested else None)
    if number is None:
        return ()
    columns = ["item", "score", "prompt", "text", "gold"]
    after = reader.table(f"round-{number}/test.parquet", columns)
    before = reader.table("round-0/test.parquet", ["item", "score", "text"])
    if after is None or before is None:
        return ()
    base = {row["item"]: row for row in before.to_pylist()}
    return tuple(
        Flip(
            number,
            row["item"],
            row["prompt"][-max_text:],
            row["gold"],
            base[row["item"]]["text"][:max_text],
            row["text"][:max_text],
            row["score"] > base[row["item"]]["score"],
        )
        for row in after.to_pylist()
        if row["item"] in base and row["score"] != base[row["item"]]["score"]
    )


def read_labelled(reader: RunReader) -> tuple[tuple[str, str], ...]:
    """Prompt and rationale of each labelled row."""
    table = reader.table("data/validation.parquet", ["prompt", "completion"])
    if table is None:
        return ()
    pairs = zip(table["prompt"].to_pylist(), table["completion"].to_pylist(), strict=True)
    return tuple(pairs)


def read_candidates(
    reader: RunReader,
    last: int,
    labelled: Sequence[tuple[str, str]],
    most: int,
    max_text: int,
) -> tuple[int, tuple[Candidate, ...]]:
    """How many there are in all, and those that are listed."""
    words_V = [set(prompt.lower().split()) for prompt, _ in labelled]
    total, listed = 0, []
    for number in range(1, last + 1):
        name = f"round-{number}/selection.parquet"
        keys = reader.table(name, ["keep", "reason"])
        if keys is None:
            continue
        total += keys.num_rows
        rows = _spread(keys, max(most // last, 1))
        columns = ["question_id", "prompt", "text", "answer", "vote_share", "ds_weight"]
        table = reader.table(name, [*columns, "keep", "reason"])
        if table is None:
            continue
        nearest: dict[str, int | None] = {}
        for row in table.take(rows).to_pylist():
            prompt = row["prompt"]
            if prompt not in nearest:
                nearest[prompt] = _nearest(prompt, words_V)
            listed.append(
                Candidate(
                    number,
                    row["question_id"],
                    prompt[-max_text:],
                    row["text"][:max_text],
                    row["answer"],
                    _finite(row["vote_share"]),
                    _finite(row["ds_weight"]),
                    bool(row["keep"]),
                    row["reason"] or "kept",
                    nearest[prompt],
                )
            )
    return total, tuple(listed)


def _spread(keys: pa.Table, most: int) -> list[int]:
    """Rows of all reasons: the rare ones whole, the others in equal parts, in the table's order."""
    reasons = [reason or "kept" for reason in keys["reason"].to_pylist()]
    by_reason: dict[str, list[int]] = {}
    for row, reason in enumerate(reasons):
        by_reason.setdefault(reason, []).append(row)
    spread: list[int] = []
    groups = sorted(by_reason.values(), key=len)
    for position, rows in enumerate(groups):
        share = (most - len(spread)) // (len(groups) - position)
        step = max(len(rows) / share, 1.0) if share else math.inf
        spread += [rows[int(i * step)] for i in range(min(share, len(rows)))]
    return sorted(spread)


def _nearest(prompt: str, words_V: Sequence[set[str]]) -> int | None:
    words = set(prompt.lower().split())
    if not words_V or not words:
        return None
    overlap = [len(words & other) / len(words | other) for other in words_V]
    return int(np.argmax(overlap))


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
