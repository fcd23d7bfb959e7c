"""Rows of a dataset become questions, validation examples and test items."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from eval_predict.errors import UserError
from iwsi import records
from iwsi.recipe import Split, Task
from iwsi.tasks.encoding import as_plain_text
from iwsi.tasks.hub import hub_rows
from iwsi.tasks.labelled_texts import checked_gold, checked_rationale, refuse_doubtful
from iwsi.tasks.likeness import normal_form
from iwsi.tasks.row_warnings import (
    RowWarning,
    empty_questions,
    golds_in_prompts,
    near_duplicates_of_test,
    validation_warnings,
    warnings_of_test,
)
from iwsi.tasks.rows import Row, Source, row_suffix
from iwsi.tasks.rows import read_rows as read_file
from iwsi.tasks.templates import columns_of, render


class Prepared(NamedTuple):
    """The three splits of a task as tables, what was left out, and what is suspicious."""

    train: pa.Table  # records.QUESTIONS
    validation: pa.Table  # records.VALIDATION
    test: pa.Table  # records.TEST
    dropped: dict[str, dict[str, int]]  # rows left out, by split and reason
    warnings: tuple[RowWarning, ...] = ()


def prepare(
    task: Task, seed: int, special_tokens: Sequence[str] = (), *, compare: bool = True
) -> Prepared:
    """Read the rows of all three splits and render them.

    Nothing of the test set reaches training or the DS weight: a train or validation row whose
    question is also a test question, but for case, spaces and punctuation, is left out, and so is
    a train row that is a validation row. The test rows are the same for every seed.

    Args:
        task: The recipe's task.
        seed: Of the draw of train and validation rows.
        special_tokens: Texts that stay text where a row holds them (`as_plain_text`).
        compare: Whether questions are compared for near-duplicates, which takes seconds.

    Raises:
        UserError: rows cannot be read, a template asks for a column that is not there, a
            validation row has no rationale, or a test row's gold answer cannot be parsed.
    """
    test = _table(task, "test", 0, special_tokens)
    validation = _table(task, "validation", seed, special_tokens, avoid=[test])
    train = _table(task, "train", seed, special_tokens, avoid=[test, validation])
    splits = {"train": train, "validation": validation, "test": test}
    dropped = {name: split.dropped for name, split in splits.items() if split.dropped}
    warnings = [warning for split in splits.values() for warning in split.warnings]
    warnings += warnings_of_test(test.table)
    if compare:
        others = {"train": train.table, "validation": validation.table}
        warnings += near_duplicates_of_test(others, test.table)
    return Prepared(train.table, validation.table, test.table, dropped, tuple(warnings))


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
    warnings: list[RowWarning]


def _table(
    task: Task,
    name: str,
    seed: int,
    special_tokens: Sequence[str],
    avoid: Sequence[_SplitTable] = (),
) -> _SplitTable:
    split: Split = getattr(task, name)
    rows = read_rows(split, f"task.{name}")
    quoted = 0

    def escape(text: str) -> str:
        nonlocal quoted
        plain = as_plain_text(text, special_tokens)
        quoted += plain != text
        return plain

    options: dict[str, Any] = {"where": split.path, "escape": escape if special_tokens else None}
    prompts = render(task.prompt, rows, field="task.prompt", **options)
    if len(rows) > 1 and len(set(prompts)) == 1:
        raise UserError(
            where=split.path,
            field="task.prompt",
            got=f"the same prompt for every row, {prompts[0][:60]!r}",
            expected="a template that names a column, such as {{ question }}",
        )
    reasons = _overlaps(prompts, avoid)
    drawn = _drawn(split, name, seed, reasons)
    columns = {
        "question_id": [str(i) for i in drawn],
        "prompt": [prompts[i] for i in drawn],
    }
    picked, numbers = [rows[i] for i in drawn], [i + 1 for i in drawn]
    warnings = empty_questions(name, _blank(task.prompt, picked, numbers))
    if labels := _LABELS.get(name):
        options |= {"field": f"task.{labels.template}", "numbers": numbers}
        texts = render(getattr(task, labels.template), picked, **options)
        if name == "test":
            refuse_doubtful(task, split.path, numbers, texts)
        columns[labels.column] = [
            labels.check(text, prompt, task, split.path, f"row {number}")
            for number, prompt, text in zip(numbers, columns["prompt"], texts, strict=True)
        ]
        warnings += labels.suspect(task, picked, numbers, columns["prompt"], texts)
    if quoted:
        message = f"{quoted} texts of {name} rows hold special tokens of the model; they stay text."
        warnings.append(RowWarning("special_tokens", name, (), message))
    dropped = Counter(reason for reason in reasons if reason)
    return _SplitTable(name, pa.table(columns, schema=_SCHEMAS[name]), dict(dropped), warnings)


def _drawn(split: Split, name: str, seed: int, reasons: Sequence[str | None]) -> list[int]:
    """The rows that are drawn from those without a reason to leave them out, in order."""
    free = [i for i, reason in enumerate(reasons) if reason is None]
    if len(free) < (split.size or 1):
        other = len(reasons) - len(free)
        raise UserError(
            where=split.path,
            field=f"task.{name}.size",
            got=f"{split.size or 'all'} rows asked for, {len(free)} found"
            + (f" ({other} more are also in another split)" if other else ""),
            expected=f"at most {len(free)}" if free else "rows of its own",
            fix=f"Lower task.{name}.size, or bring more rows."
            if free
            else "Check that the three splits are three different files.",
        )
    rng = np.random.default_rng([seed, list(_SCHEMAS).index(name)])
    return sorted(rng.permutation(free)[: split.size].tolist())


def _overlaps(prompts: Sequence[str], avoid: Sequence[_SplitTable]) -> list[str | None]:
    """For each prompt the split that has its question too, as a reason to leave it out."""
    taken = {
        normal_form(prompt): f"in_{other.name}"
        for other in avoid
        for prompt in other.table.column("prompt").to_pylist()
    }
    return [taken.get(normal_form(prompt)) if taken else None for prompt in prompts]


def _blank(template: str, rows: Sequence[Row], numbers: Sequence[int]) -> list[int]:
    """Numbers of rows in which every column of texts that the template names is blank."""
    columns = columns_of(template)
    blank = []
    for number, row in zip(numbers, rows, strict=True):
        texts = [row[name] for name in columns if isinstance(row.get(name), str)]
        if texts and not any(text.strip() for text in texts):
            blank.append(number)
    return blank


def _suspect_golds(
    task: Task,
    rows: Sequence[Row],
    numbers: Sequence[int],
    prompts: Sequence[str],
    texts: Sequence[str],
) -> list[RowWarning]:
    return golds_in_prompts("test", numbers, prompts, texts)


def _suspect_rationales(
    task: Task,
    rows: Sequence[Row],
    numbers: Sequence[int],
    prompts: Sequence[str],
    texts: Sequence[str],
) -> list[RowWarning]:
    golds = None
    if task.gold != task.rationale:
        where = task.validation.path
        with suppress(UserError):  # labelled rows need no gold beside their rationale
            golds = render(task.gold, rows, field="task.gold", where=where, numbers=numbers)
    return validation_warnings(task, numbers, texts, golds)


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


class _Labels(NamedTuple):
    """The label column of a split: the template that renders it and what makes it sound."""

    column: str
    template: str
    check: Callable[[str, str, Task, str, str], str]
    suspect: Callable[..., list[RowWarning]]


# Training questions have no entry: their labels are never read.
_LABELS = {
    "validation": _Labels("completion", "rationale", checked_rationale, _suspect_rationales),
    "test": _Labels("gold", "gold", checked_gold, _suspect_golds),
}
_SCHEMAS = {
    "train": records.QUESTIONS,
    "validation": records.VALIDATION,
    "test": records.TEST,
}
