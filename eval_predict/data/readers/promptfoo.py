"""promptfoo: results of an evaluation as JSON, JSONL or CSV."""

import json
import math
import re
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.values import score_of, text_of

NAME = "promptfoo"
LOOKS_FOR = "an object results with a list results of provider, success and score"

_COLUMN = re.compile(r"^\[(?P<provider>.+?)\]\s*(?P<prompt>.*)$", re.DOTALL)
_CELL = re.compile(r"^\[(?P<verdict>PASS|FAIL|ERROR)\](?:\s*\((?P<score>[\d.]+)\))?")
_ERROR = 2  # its failureReason for a call that failed; 1 is a failed assertion


def recognise(content: Content) -> bool:
    """Whether it holds results of providers, in the file's form or the table's."""
    return bool(_results(content)) or bool(_single(content.rows)) or bool(_outputs(content))


def read(content: Content, options: ReadOptions) -> Draft:
    """The providers are the models, a test is an item; several prompts tell models apart.

    A call that failed is missing; a failed assertion is a score.
    """
    if content.kind == "cells":
        return Draft(_table_rows(content), prefer=("score", "success"))
    records = _results(content) or _single(content.rows)
    labels = {_prompt(record) for record in records}
    names = [(_provider(record), _prompt(record)) for record in records]
    several = len({name for name, _ in names}) < len(set(names)) and len(labels) > 1
    rows = tuple(
        Row(
            _item(record),
            _metrics(record),
            model=f"{provider} [{label}]" if several else provider,
            prompt=_raw(record),
        )
        for record, (provider, label) in zip(records, names, strict=True)
    )
    return Draft(rows, prefer=("score", "success"))


def _results(content: Content) -> list[dict[str, Any]]:
    value: Any = content.mapping
    for _ in range(2):
        if isinstance(value, dict):
            value = value.get("results")
    return _single(value) if isinstance(value, list) else []


def _single(rows: Any) -> list[dict[str, Any]]:
    records = [row for row in rows if isinstance(row, dict)]
    if records and "provider" in records[0] and records[0].keys() & {"success", "gradingResult"}:
        return records
    return []


def _outputs(content: Content) -> dict[int, str]:
    """The columns of a table whose cells begin with a verdict, and their models."""
    found = {}
    for place, name in enumerate(content.header):
        column = [row[place] for row in content.cells]
        if _COLUMN.match(name) and column and all(map(_CELL.match, column)):
            found[place] = name
    labels = {match.group("prompt") for name in found.values() if (match := _COLUMN.match(name))}
    one_prompt = len(labels) == 1
    return {
        place: match.group("provider") if one_prompt else name
        for place, name in found.items()
        if (match := _COLUMN.match(name))
    }


def _table_rows(content: Content) -> tuple[Row, ...]:
    rows = []
    outputs = _outputs(content)
    for number, cells in enumerate(content.cells):
        for place, model in outputs.items():
            match = _CELL.match(cells[place])
            verdict = match.group("verdict") if match else "ERROR"
            success = math.nan if verdict == "ERROR" else float(verdict == "PASS")
            given = score_of(match.group("score")) if match and match.group("score") else success
            score = math.nan if verdict == "ERROR" or given is None else given
            rows.append(Row(str(number), {"score": score, "success": success}, model=model))
    return tuple(rows)


def _provider(record: dict[str, Any]) -> str:
    provider = record.get("provider")
    if isinstance(provider, dict):
        return str(provider.get("label") or provider.get("id"))
    return str(provider)


def _prompt(record: dict[str, Any]) -> str:
    prompt = record.get("prompt")
    return str(prompt.get("label", "")) if isinstance(prompt, dict) else str(prompt or "")


def _raw(record: dict[str, Any]) -> str | None:
    prompt = record.get("prompt")
    raw = prompt.get("raw") if isinstance(prompt, dict) else None
    return raw if isinstance(raw, str) else None


def _item(record: dict[str, Any]) -> str:
    if record.get("testIdx") is not None:
        return text_of(record["testIdx"])
    case = record.get("testCase")
    variables = record.get("vars") or (case.get("vars") if isinstance(case, dict) else None)
    return json.dumps(variables or {}, sort_keys=True, ensure_ascii=False, default=str)


def _metrics(record: dict[str, Any]) -> dict[str, float]:
    if record.get("failureReason") == _ERROR or (
        record.get("error") and not record.get("gradingResult")
    ):
        return {"score": math.nan, "success": math.nan}
    named = record.get("namedScores")
    given = {
        "score": record.get("score"),
        "success": record.get("success"),
        **(named if isinstance(named, dict) else {}),
    }
    return {name: score for name, value in given.items() if (score := score_of(value)) is not None}
