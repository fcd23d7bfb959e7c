"""Golds of 47 public files, each with its right reading; null where it has to be refused."""

import json
import os
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from iwsi.recipe.answer import LabelAnswer
from iwsi.tasks.answers import AnswerReader, reader_of

SHARED = Path(os.environ.get("IWSI_SHARED_DATA", ROOT.parent / "shared" / "data"))
LETTERS = "ABCDEFGHIJ"
# Structures and texts that the table shortens: what is read of them is the row reader's part.
SHORTENED = (" ...", "(conversation)", "(nine messages)", "You're great!")


def _rendered(raw: Any, kind: str) -> str:
    """A gold as the README's template renders it."""
    if raw is None:
        return ""
    if isinstance(raw, dict) and "spans" in raw:
        return raw["number"] or json.dumps(raw["spans"])
    if isinstance(raw, dict):
        place = list(raw.values()).index(1)
        return list(raw)[place] if kind == "text" else LETTERS[place]
    if isinstance(raw, list):
        return json.dumps(raw)
    is_index = kind == "choice" and isinstance(raw, str) and raw.isdigit()
    return LETTERS[int(raw)] if is_index else str(raw)


def _agrees(reader: AnswerReader, kind: str, read: str | None, right: str | None) -> bool:
    if read is None or right is None:
        return read is right
    if kind == "number":
        return float(Fraction(read)) == pytest.approx(float(right), rel=1e-9)
    if kind in ("text", "math"):
        # A text of several lines is one answer as the item of a list only.
        expected = reader.gold(json.dumps([right]) if kind == "text" else right)
        return expected is not None and reader.same(read, expected)
    return read.casefold() == right.casefold()


def test_golds_of_public_files_are_read_as_they_are_meant() -> None:
    table = SHARED / "rows" / "golds.jsonl"
    if not table.is_file():
        pytest.skip(f"no real golds: {table} is not there (IWSI_SHARED_DATA names another place)")
    rows = [json.loads(line) for line in table.read_text(encoding="utf-8").split("\n") if line]
    rows = [row for row in rows if not str(row["gold_raw"]).endswith(SHORTENED)]
    labels: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        if row["kind"] == "label" and row["gold"]:
            labels[row["file"]].setdefault(row["gold"].lower())
    wrong, invented = [], 0
    for row in rows:
        kind = row["kind"]
        spec = LabelAnswer(of=(*labels[row["file"]], "another")) if kind == "label" else kind
        reader = reader_of(spec)
        read = reader.gold(_rendered(row["gold_raw"], kind))
        if not _agrees(reader, kind, read, row["gold"]):
            wrong.append((row["file"], row["row"], kind, row["gold_raw"], row["gold"], read))
            invented += row["gold"] is None
    assert len(wrong) <= 0.02 * len(rows), wrong
    # "110,880" for two prices and an index as a text: only the other rows of the column tell.
    assert invented <= 2, wrong
