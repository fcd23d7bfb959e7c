"""Reads the sample logs of lm-evaluation-harness: `samples_<task>_<date>.jsonl`."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import UserError, nearest

_PATTERN = "samples_*.jsonl"
# What a record holds beside its metrics.
_INPUTS = {"doc_id", "doc", "target", "arguments", "doc_hash", "prompt_hash", "target_hash"}
_FIXED = _INPUTS | {"resps", "filtered_resps", "filter", "metrics"}


def find_logs(path: Path) -> list[Path]:
    """The sample logs at a path: the file itself, or all in a folder, however deep."""
    if path.is_dir():
        tidy = (path / "scores.parquet").is_file() or any(path.glob("round-*/test.parquet"))
        return [] if tidy else sorted(path.rglob(_PATTERN))
    return [path] if path.is_file() and path.match(_PATTERN) else []


def read_logs(path: Path, logs: list[Path], metric: str | None = None) -> ScoreMatrix:
    """A matrix of the models and documents in sample logs.

    The model is the `model_name` of the results file of the same date beside the log, else the
    folder's name with `__` for `/`. An item is a `doc_id`, with `task/` before it where there are
    several tasks. Of a model's several logs of one task the latest counts. Prompts are kept.

    Source: lm-evaluation-harness, `lm_eval/evaluator.py` and
    `lm_eval/loggers/evaluation_tracker.py`, for names and fields.

    Raises:
        UserError: (a ValueError) on a line that is no record, a metric that is absent or has to
            be chosen, a value that is no finite number, a repeated document, and models that were
            asked different documents under one `doc_id`.
    """
    latest: dict[tuple[str, str], _Log] = {}
    for log in sorted(map(_describe, logs), key=lambda log: log.date):
        latest[log.model, log.task] = log
    chosen = sorted(latest.values(), key=lambda log: (log.model, log.task))
    several = len({log.task for log in chosen}) > 1
    table = _Table()
    for log in chosen:
        samples = list(_samples(log.file))
        if not samples:
            raise UserError(where=log.file, got="no rows", expected="one row a document")
        key = _choose(log.file, samples, metric)
        for sample in samples:
            if sample.filter == key.filter:
                item = f"{log.task}/{sample.doc_id}" if several else sample.doc_id
                table.add(log, item, sample, key)
    return table.matrix()


class _Log(NamedTuple):
    file: Path
    model: str
    task: str
    date: str


class _Key(NamedTuple):
    """A metric as the harness names it in its results: `exact_match,strict-match`."""

    metric: str
    filter: str


class _Sample(NamedTuple):
    line: int
    doc_id: str
    filter: str
    metrics: dict[str, float]
    doc_hash: str | None
    prompt: str | None


@dataclass(slots=True)
class _Table:
    scores: dict[tuple[str, str], float] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    prompts: list[str | None] = field(default_factory=list)
    hashes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, log: _Log, item: str, sample: _Sample, key: _Key) -> None:
        place = f"line {sample.line}"
        if (log.model, item) in self.scores:
            raise UserError(
                where=log.file,
                field=place,
                got=f'document "{item}" repeats',
                expected="one row a document and filter",
            )
        score = sample.metrics.get(key.metric, math.nan)
        if not math.isfinite(score):
            raise UserError(
                where=log.file,
                field=f"{place}: {key.metric}",
                got=score,
                expected="a finite number in each row",
            )
        if sample.doc_hash:
            known, model = self.hashes.setdefault(item, (sample.doc_hash, log.model))
            if known != sample.doc_hash:
                raise UserError(
                    where=log.file,
                    field=place,
                    got=f'document "{item}" is another one than for "{model}"',
                    expected="models that were asked the same documents",
                )
        self.models.setdefault(log.model, len(self.models))
        if item not in self.items:
            self.items[item] = len(self.items)
            self.prompts.append(sample.prompt)
        self.scores[log.model, item] = score

    def matrix(self) -> ScoreMatrix:
        scores_MN = np.full((len(self.models), len(self.items)), np.nan)
        for (model, item), score in self.scores.items():
            scores_MN[self.models[model], self.items[item]] = score
        metadata = pa.table(
            {
                "item": pa.array(self.items, pa.string()),
                "prompt": pa.array(self.prompts, pa.string()),
            }
        )
        return ScoreMatrix.from_array(scores_MN, tuple(self.models), tuple(self.items), metadata)


def _describe(file: Path) -> _Log:
    task, _, date = file.stem.removeprefix("samples_").rpartition("_")
    for results in sorted(file.parent.glob(f"*_{date}.json")):
        try:
            name = json.loads(results.read_text(encoding="utf-8")).get("model_name")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(name, str) and name:
            return _Log(file, name, task or date, date)
    return _Log(file, file.resolve().parent.name.replace("__", "/"), task or date, date)


def _samples(file: Path) -> Iterator[_Sample]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict) or "doc_id" not in record:
                raise UserError(
                    where=file,
                    field=f"line {number}",
                    got=line[:60],
                    expected="a JSON object with doc_id, as lm-evaluation-harness logs it",
                )
            yield _sample(number, record)


def _sample(number: int, record: dict[str, Any]) -> _Sample:
    named = record.get("metrics")
    # Older logs do not say which of their keys are metrics.
    keys = named if isinstance(named, list) else [key for key in record if key not in _FIXED]
    values = {key: record[key] for key in keys if isinstance(record.get(key), int | float)}
    return _Sample(
        number,
        str(record["doc_id"]),
        str(record.get("filter", "none")),
        {key: float(value) for key, value in values.items()},
        record.get("doc_hash"),
        _prompt(record.get("arguments")),
    )


def _prompt(arguments: Any) -> str | None:
    """The first request's context: a mapping in newer logs, a list of lists in older ones."""
    for first in ("gen_args_0", 0), ("arg_0", 0):
        if isinstance(arguments, dict):
            arguments = arguments.get(first[0])
        elif isinstance(arguments, list) and arguments:
            arguments = arguments[first[1]]
    return arguments if isinstance(arguments, str) else None


def _choose(file: Path, samples: list[_Sample], metric: str | None) -> _Key:
    known = dict.fromkeys(
        _Key(name, sample.filter) for sample in samples for name in sample.metrics
    )
    name, _, wanted = (metric or "").partition(",")
    fit = [
        key
        for key in known
        if (not name or key.metric == name) and (not wanted or key.filter == wanted)
    ]
    if len(fit) == 1:
        return fit[0]
    options = [",".join(key) for key in (fit or known)]
    guess = nearest(metric, [*options, *(key.metric for key in known)]) if metric else None
    raise UserError(
        where=file,
        field="metric",
        got=f'"{metric}"' if metric and not fit else f"{len(fit)} to choose from",
        expected=f"one of {', '.join(options)}" if options else "a metric that is a number",
        fix=f'Did you mean "{guess}"?' if not fit and guess else "Name one (option --metric).",
    )
