"""The three tasks: rows of public data as prompts, worked answers and gold answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

BEFORE_LABEL = "The answer is"
KINDS = ("abbreviation", "entity", "description", "person", "place", "number")
SENTIMENTS = ("negative", "positive")


@dataclass(frozen=True)
class Example:
    """One row as text: what the model reads, the worked answer, the gold answer."""

    prompt: str
    completion: str
    gold: str


@dataclass(frozen=True)
class TaskPlan:
    """A task and how much of it is used.

    Attributes:
        name: the folder of its rows.
        labels: the closed list of answers; None where it is sampled.
        epochs: of the warm start.
        warm: labelled rows that the warm start trains on.
        audit: labelled rows that say which score finds right votes; never trained on.
        pool: unlabelled questions.
        test: test rows.
        keep: share of the pool that a filter keeps.
        example: from a row to text.
    """

    name: str
    labels: tuple[str, ...] | None
    epochs: float
    warm: int
    audit: int
    pool: int
    test: int
    keep: float
    example: Callable[[Mapping[str, Any]], Example]


@dataclass(frozen=True)
class Splits:
    """Disjoint rows of one seed; the test rows are the same for every seed."""

    warm: list[Example]
    audit: list[Example]
    pool: list[Example]
    test: list[Example]


def splits(plan: TaskPlan, data: Path, seed: int) -> Splits:
    """Draw the splits of a seed; no prompt is in two of them."""
    test = _read(plan, data / plan.name / "test.jsonl")[: plan.test]
    seen = {example.prompt for example in test}
    rows = []
    for example in _read(plan, data / plan.name / "train.jsonl"):
        if example.prompt not in seen:
            seen.add(example.prompt)
            rows.append(example)
    order = np.random.default_rng([seed, 25]).permutation(len(rows))
    drawn = [rows[i] for i in order]
    ends = np.cumsum([plan.warm, plan.audit, plan.pool])
    return Splits(drawn[: ends[0]], drawn[ends[0] : ends[1]], drawn[ends[1] : ends[2]], test)


def answer_text(answer: str) -> str:
    """How every worked answer ends."""
    return f"{BEFORE_LABEL} {answer}."


def _read(plan: TaskPlan, file: Path) -> list[Example]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [plan.example(json.loads(line)) for line in lines if line.strip()]


def _trec(row: Mapping[str, Any]) -> Example:
    kind = KINDS[row["coarse_label"]]
    return Example(f"Question: {row['text']}\nAnswer:", answer_text(kind), kind)


def _sst2(row: Mapping[str, Any]) -> Example:
    label = SENTIMENTS[row["label"]]
    return Example(f"Question: {row['sentence']}\nAnswer:", answer_text(label), label)


def _mawps(row: Mapping[str, Any]) -> Example:
    worked = f"{row['equation'].replace(';', '.')}."  # its last result is the answer
    return Example(f"Question: {row['question']}\nAnswer:", worked, row["answer"])


PLANS = {
    "trec": TaskPlan("trec", KINDS, 5, 100, 100, 400, 500, 0.6, _trec),
    "sst2": TaskPlan("sst2", SENTIMENTS, 5, 100, 100, 400, 500, 0.6, _sst2),
    "mawps_asdiv": TaskPlan("mawps_asdiv", None, 5, 150, 100, 200, 150, 0.3, _mawps),
}
