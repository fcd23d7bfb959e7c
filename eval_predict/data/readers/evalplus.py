"""EvalPlus: `*_eval_results.json`, of the old form and the new."""

import math
import re
from collections.abc import Iterator
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.values import verdict

NAME = "EvalPlus"
LOOKS_FOR = "an object eval of tasks with base and plus, or base_status and plus_status"

_RIGHT = {"pass": "pass", "success": "success"}
_WRONG = ("fail", "failed", "timeout", "timed out")
_NAME = re.compile(r"^(?P<model>.+?)_(?P<backend>[a-z]+)_temp_(?P<temperature>[\d.]+)")


def recognise(content: Content) -> bool:
    """Whether its tasks have verdicts of the base tests."""
    return any(
        ("base" in first and isinstance(first["base"], list)) or "base_status" in first
        for first in _first(content.mapping.get("eval"))
    )


def read(content: Content, options: ReadOptions) -> Draft:
    """One model: several completions of a task are repeats.

    `plus` is right where the base tests pass too, as EvalPlus counts it; it is the default.
    """
    rows: list[Row] = []
    statuses: set[str] = set()
    for task, results in content.mapping["eval"].items():
        samples = list(_samples(results))
        for number, (base, plus) in enumerate(samples):
            statuses.update(status for status in (base, plus) if isinstance(status, str))
            rows.append(Row(str(task), _metrics(base, plus), facets={"epoch": str(number + 1)}))
    notes: tuple[str, ...] = ()
    if len(statuses) == 1 and statuses <= {"timeout", "timed out"}:
        notes = (
            f"{content.path.name}: all {len(rows)} results are `{statuses.pop()}`: this looks like"
            " a broken sandbox, not like a bad model",
        )
    named = _NAME.match(content.path.name)
    return Draft(
        tuple(rows),
        prefer=("plus", "base"),
        model=named.group("model").replace("--", "/") if named else None,
        setup={"temperature": named.group("temperature")} if named else {},
        notes=notes,
    )


def _first(results: Any) -> Iterator[dict[str, Any]]:
    if isinstance(results, dict):
        for value in list(results.values())[:1]:
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, dict):
                yield first


def _samples(results: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(results, list):
        for sample in results:
            if isinstance(sample, dict):
                yield sample.get("base_status"), sample.get("plus_status")
    elif isinstance(results, dict):
        base, plus = results.get("base") or [], results.get("plus") or []
        for number, entry in enumerate(base):
            yield _status(entry), _status(plus[number]) if number < len(plus) else None


def _status(entry: Any) -> Any:
    """`["failed", [true, false]]`, or the word alone."""
    return entry[0] if isinstance(entry, list) and entry else entry


def _metrics(base: Any, plus: Any) -> dict[str, float]:
    metrics = {"base": _number(base)}
    if plus is not None:
        both = _number(plus)
        metrics["plus"] = min(metrics["base"], both) if not math.isnan(both) else both
    return metrics


def _number(status: Any) -> float:
    return verdict(status, _RIGHT.get(str(status), "pass"), _WRONG)
