"""Rows of a dataset become questions, validation examples and test items."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from eval_predict.errors import UserError
from iwsi import records
from iwsi.recipe import Split, Task
from iwsi.tasks.answers import extract_answer
from iwsi.tasks.hub import hub_rows
from iwsi.tasks.rows import Row, Source, row_suffix
from iwsi.tasks.rows import read_rows as read_file
from iwsi.tasks.sample_text import trimmed
from iwsi.tasks.templates import render

_WORD = re.compile(r"[\w.,]*\w[\w.,]*")


class Prepared(NamedTuple):
    """The three splits of a task as tables, and what was left out, by split and reason."""

    train: pa.Table  # records.QUESTIONS
    validation: pa.Table  # records.VALIDATION
    test: pa.Table  # records.TEST
    dropped: dict[str, dict[str, int]]


def prepare(task: Task, seed: int) -> Prepared:
    """Read the rows of all three splits and render them.

    Nothing of the test set reaches training or the DS weight: a train or validation row whose
    prompt is also a test prompt is left out, and so is a train row that is a validation row.
    The test rows are the same for every seed.

    Raises:
        UserError: rows cannot be read, a template asks for a column that is not there, a
            validation row has no rationale, or a test row's gold answer cannot be parsed.
    """
    test = _table(task, "test", seed=0)
    validation = _table(task, "validation", seed=seed, avoid=[test])
    train = _table(task, "train", seed=seed, avoid=[test, validation])
    splits = {"train": train, "validation": validation, "test": test}
    dropped = {name: split.dropped for name, split in splits.items() if split.dropped}
    return Prepared(train.table, validation.table, test.table, dropped)


def prompts_of(task: Task, split: Split) -> pa.Table:
    """Prompts without labels (records.QUESTIONS), rendered as the task's own are.

    Raises:
        UserError: as `prepare`, for the rows of `forecast.target`.
    """
    rows = read_rows(split, "forecast.target")[: split.size]
    prompts = render(task.prompt, rows, field="task.prompt", where=split.path)
    ids = [str(i) for i in range(len(prompts))]
    return pa.table({"question_id": ids, "prompt": prompts}, schema=records.QUESTIONS)


class _SplitTable(NamedTuple):
    name: str
    table: pa.Table
    dropped: dict[str, int]


def _table(task: Task, name: str, *, seed: int, avoid: Sequence[_SplitTable] = ()) -> _SplitTable:
    split: Split = getattr(task, name)
    rows = read_rows(split, f"task.{name}")
    prompts = render(task.prompt, rows, field="task.prompt", where=split.path)
    if len(rows) > 1 and len(set(prompts)) == 1:
        raise UserError(
            where=split.path,
            field="task.prompt",
            got=f"the same prompt for every row, {prompts[0][:60]!r}",
            expected="a template that names a column, such as {{ question }}",
        )
    reasons = _overlaps(prompts, avoid)
    free = [i for i, reason in enumerate(reasons) if reason is None]
    if len(free) < (split.size or 1):
        raise UserError(
            where=split.path,
            field=f"task.{name}.size",
            got=f"{split.size or 'all'} rows asked for, {len(free)} found"
            + (
                f" ({len(rows) - len(free)} more are also in another split)" if any(reasons) else ""
            ),
            expected=f"at most {len(free)}" if free else "rows of its own",
            fix="lower it, or bring more rows"
            if free
            else "check that the three splits are three different files",
        )
    rng = np.random.default_rng([seed, list(_SCHEMAS).index(name)])
    chosen = sorted(rng.permutation(free)[: split.size])
    columns = {
        "question_id": [str(i) for i in chosen],
        "prompt": [prompts[i] for i in chosen],
    }
    labels = _LABELS.get(name)
    if labels:
        template = getattr(task, labels.template)
        picked = [rows[i] for i in chosen]
        texts = render(template, picked, field=f"task.{labels.template}", where=split.path)
        columns[labels.column] = [
            labels.check(text, task, split.path, f"row {i + 1}")
            for i, text in zip(chosen, texts, strict=True)
        ]
    dropped = Counter(reason for reason in reasons if reason)
    return _SplitTable(name, pa.table(columns, schema=_SCHEMAS[name]), dict(dropped))


def _overlaps(prompts: Sequence[str], avoid: Sequence[_SplitTable]) -> list[str | None]:
    """For each prompt the split that has it too, as a reason to leave it out."""
    taken = {
        prompt: f"in_{other.name}"
        for other in avoid
        for prompt in other.table.column("prompt").to_pylist()
    }
    return [taken.get(prompt) for prompt in prompts]


def read_rows(split: Split, field: str) -> list[Row]:
    """All rows of a split, from a local file, a folder of shards or the hub.

    Raises:
        UserError: they are missing, unreadable or none.
    """
    path = Path(split.path)
    if row_suffix(path.name) is None and not path.exists() and not path.is_absolute():
        return hub_rows(split, field)
    for key in ("subset", "split", "revision"):
        if getattr(split, key):
            raise UserError(
                field=f"{field}.{key}",
                got=repr(getattr(split, key)),
                expected=f"nothing beside a file ({split.path}): it is for hub datasets",
            )
    columns = tuple(split.columns) if split.columns else None
    return read_file(Source(path, field, split.records, split.encoding, columns))


def _rationale(text: str, task: Task, where: str, row: str) -> str:
    _answer(text, task, where, row)
    if len(_WORD.findall(text)) < 2:  # also of "#### 1,200" or "(B)" nothing else is left
        raise UserError(
            where=where,
            field=row,
            got=f"the bare answer {trimmed(text)!r}",
            expected="a rationale that ends in the answer: the DS weight compares with it",
            fix="let task.rationale render the worked solution",
        )
    return trimmed(text)


def _answer(text: str, task: Task, where: str, row: str) -> str:
    answer = extract_answer(text, task.answer)
    if answer is None:
        raise UserError(
            where=where,
            field=row,
            got=f"no {task.answer} in {text[-60:]!r}" if trimmed(text) else "an empty answer",
            expected=f"an answer of kind {task.answer}",
            fix="correct the row, or task.answer, or the template that reads it",
        )
    return answer


class _Labels(NamedTuple):
    """The label column of a split: the template that renders it and what makes it sound."""

    column: str
    template: str
    check: Callable[[str, Task, str, str], str]


# Training questions have no entry: their labels are never read.
_LABELS = {
    "validation": _Labels("completion", "rationale", _rationale),
    "test": _Labels("gold", "gold", _answer),
}
_SCHEMAS = {
    "train": records.QUESTIONS,
    "validation": records.VALIDATION,
    "test": records.TEST,
}
