"""The golds of the real files of rows: each is read as it is meant, or refused."""

import json
import os
from collections import defaultdict
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import ROOT
from tasks.rows.real_files import FILES

from eval_predict.errors import UserError
from iwsi.recipe import Split
from iwsi.recipe.answer import parse_answer
from iwsi.tasks.answers import reader_of
from iwsi.tasks.dataset import read_rows
from iwsi.tasks.templates import render

REAL = Path(os.environ.get("IWSI_SHARED_DATA", ROOT.parent / "shared" / "data")) / "rows"

# The table speaks of several turns, which this row has not: one question and one reply.
NOT_REFUSED = {("llama_factory/glaive_toolcall_en_demo.json", 1, "text")}


@pytest.fixture(scope="module")
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip(f"no real rows: {REAL} is not there (IWSI_SHARED_DATA names another place)")
    return REAL


def _rows(real: Path, name: str) -> list[dict]:
    return read_rows(Split(path=str(real / name), **FILES[name].split), "task.test")


def _template(name: str, entry: dict) -> str:
    file, variant = FILES[name], entry["kind"]
    if name.startswith("drop/") and "|" in entry["gold_raw"]:
        variant = "ref_text"
    if name.startswith("survey/") and entry["gold_raw"] == "":
        variant = "empty"
    return file.by_kind.get(variant, file.gold)


class _Column(dict[int, str | None]):
    """The golds of a file's rows, read together; None: refused."""

    def __init__(self, name: str, template: str, rows: list[dict], spec: object) -> None:
        texts: dict[int, str] = {}
        for number, row in enumerate(rows):
            with suppress(UserError):
                [texts[number]] = render(template, [row], field="task.gold", where=name)
        golds = reader_of(spec).golds(list(texts.values()))
        super().__init__(zip(texts, golds, strict=True))


def _is_same(read: str, gold: str, kind: str, spec: object) -> bool:
    if kind == "number":
        return _number(read) == _number(gold)
    if kind == "math":
        return read == gold or reader_of(spec).gold(gold) == read
    if kind == "text":
        # As the item of a list: alone, a text of several lines is several answers.
        return (
            read == reader_of(spec).gold(json.dumps([gold])) or read.casefold() == gold.casefold()
        )
    return read.casefold() == gold.casefold()


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text) if "/" in text else Fraction(Decimal(text))
    except (ValueError, InvalidOperation):
        return None


def test_golds_are_read_as_they_are_meant_and_no_other(real):
    table = (real / "golds.jsonl").read_text(encoding="utf-8")
    entries = [json.loads(line) for line in table.split("\n") if line]
    labels: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry["kind"] == "label" and entry["gold"] is not None:
            labels[entry["file"]].add(entry["gold"])
    specs: dict = {}
    for entry in entries:
        spec = entry["kind"]
        if spec == "label":
            spec = {"kind": "label", "of": sorted(labels[entry["file"]] | {"none of these"})}
        specs[entry["file"], entry["kind"]] = parse_answer(spec)
    rows = {name: _rows(real, name) for name in FILES}
    wrong, invented, right = [], [], 0
    columns: dict[tuple[str, str, str], _Column] = {}
    for entry in entries:
        name, gold = entry["file"], entry["gold"]
        key = name, entry["kind"], _template(name, entry)
        if key not in columns:
            columns[key] = _Column(name, key[2], rows[name], specs[key[:2]])
        read = columns[key].get(entry["row"])
        row = (name, entry["row"], entry["kind"], entry["gold_raw"], gold, read)
        if gold is None:
            if read is not None and row[:3] not in NOT_REFUSED:
                invented.append(row)
        elif read is not None and _is_same(read, gold, entry["kind"], specs[name, entry["kind"]]):
            right += 1
        else:
            wrong.append(row)
    report = "\n".join(map(str, [*wrong, "read although refused:", *invented]))
    assert not invented, report
    assert right / (right + len(wrong)) >= 0.98, report
