"""promptfoo: results of an evaluation as JSON, JSONL or CSV."""

import json
import math
import re
from typing import Any, NamedTuple

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.values import score_of, text_of

NAME = "promptfoo"
LOOKS_FOR = "an object results with a list results of provider, success and score"

_COLUMN = re.compile(r"^\[(?P<provider>.+?)\]\s*(?P<prompt>.*)$", re.DOTALL)
_CELL = re.compile(r"^\[(?P<verdict>PASS|FAIL|ERROR)\](?:\s*\((?P<score>-?[\d.]+)[,)])?")
_VERDICTS = {"PASS": 1.0, "FAIL": 0.0, "ERROR": math.nan}
_BLOCK = ("Status", "Score", "Named Scores")  # the columns that follow an output's in its table
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
    items = _items(records)
    rows = tuple(
        Row(
            item,
            _metrics(record),
            model=f"{provider} [{label}]" if several else provider,
            prompt=_raw(record),
        )
        for record, item, (provider, label) in zip(records, items, names, strict=True)
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


class _Output(NamedTuple):
    """A column of outputs: its model, and where its verdict and its score stand."""

    place: int
    model: str
    is_block: bool  # with a column each for verdict and score, not both in the cell


def _outputs(content: Content) -> list[_Output]:
    """The columns of outputs in a table, with one name a model where there is one prompt."""
    found = []
    for place, name in enumerate(content.header):
        cells = [row[place] for row in content.cells]
        is_block = content.header[place + 1 : place + 4] == _BLOCK and all(
            row[place + 1] in ("", *_VERDICTS) for row in content.cells
        )
        verdicts = all(not cell or _CELL.match(cell) for cell in cells) and any(cells)
        if is_block or (_COLUMN.match(name) and verdicts):
            found.append(_Output(place, name, is_block))
    parts = [_COLUMN.match(output.model) for output in found]
    one_prompt = len({part.group("prompt") if part else None for part in parts}) == 1
    return [
        output._replace(model=part.group("provider")) if part and one_prompt else output
        for output, part in zip(found, parts, strict=True)
    ]


def _table_rows(content: Content) -> tuple[Row, ...]:
    rows = []
    outputs = _outputs(content)
    first = min(output.place for output in outputs)
    items: dict[tuple[str, ...], str] = {}
    for number, cells in enumerate(content.cells):
        # Rows of the same variables are repeats of one test.
        item = items.setdefault(cells[:first] or (str(number),), str(number))
        for output in outputs:
            rows.append(Row(item, _table_scores(cells, output), model=output.model))
    return tuple(rows)


def _table_scores(cells: tuple[str, ...], output: _Output) -> dict[str, float]:
    place = output.place
    verdict, given = cells[place + 1 : place + 3] if output.is_block else ("", "")
    if not output.is_block and (match := _CELL.match(cells[place])):
        verdict, given = match.group("verdict"), match.group("score") or ""
    success = _VERDICTS.get(verdict, math.nan)
    score = score_of(given) if given and not math.isnan(success) else None
    return {"score": success if score is None else score, "success": success}


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


def _items(records: list[dict[str, Any]]) -> list[str]:
    """The test of each result: repeats have other numbers and the same content."""
    names: dict[str, str] = {}
    return [
        names.setdefault(content, text_of(record["testIdx"]) if "testIdx" in record else content)
        for record, content in ((record, _content(record)) for record in records)
    ]


def _content(record: dict[str, Any]) -> str:
    case = record.get("testCase")
    test = case if isinstance(case, dict) else {}
    variables = record.get("vars") or test.get("vars") or {}
    if isinstance(variables, dict):  # those with two underscores are the run's
        variables = {name: value for name, value in variables.items() if name[:2] != "__"}
    about: Any = {"vars": variables, **{key: test.get(key) for key in ("description", "assert")}}
    if not variables and not test and record.get("testIdx") is not None:
        about = record["testIdx"]
    return json.dumps(about, sort_keys=True, ensure_ascii=False, default=str)


def _metrics(record: dict[str, Any]) -> dict[str, float]:
    reason = record.get("failureReason")
    # Without a reason given, as before there were any, an error without grading is a failed call;
    # with one, it is an empty output, which counts as a failure.
    if reason == _ERROR or (
        reason is None and record.get("error") and not record.get("gradingResult")
    ):
        return {"score": math.nan, "success": math.nan}
    named = record.get("namedScores")
    given = {
        "score": record.get("score"),
        "success": record.get("success"),
        **(named if isinstance(named, dict) else {}),
    }
    return {name: score for name, value in given.items() if (score := score_of(value)) is not None}
