"""Selected items as the tools take them that will run them."""

import json
from collections.abc import Callable, Sequence

from eval_predict.errors import UserError, unknown_name


def format_items(kind: str, items: Sequence[str], tasks: Sequence[str]) -> str:
    """Text for a tool: what its option for single items takes, or one name a line.

    Args:
        kind: `lm-eval` (`--samples`), `inspect` (`--sample-id`), or `ids`.
        items: names, with `task/` before them where there are several tasks.
        tasks: each item's task, "" where it is not known.

    Raises:
        UserError: (a ValueError) on another kind, and names that the tool cannot take.
    """
    if kind not in FORMATS:
        raise unknown_name("--format", kind, FORMATS)
    return FORMATS[kind](items, tasks)


def harness_samples(items: Sequence[str], tasks: Sequence[str]) -> dict[str, list[int]]:
    """Document numbers by task, as lm-evaluation-harness's `--samples` takes them.

    Raises:
        UserError: (a ValueError) on items that are no document numbers, or without a task.
    """
    samples: dict[str, list[int]] = {}
    for task, name in _split(items, tasks):
        if not task:
            # A table's names may have the task before the last slash.
            task, _, name = name.rpartition("/")
        if not task:
            raise UserError(
                where="--format",
                got=f'item "{name}" without a task',
                expected="items of lm-evaluation-harness's logs, or named task/number",
                fix="Give the logs themselves, or --format ids.",
            )
        if not name.isdecimal():
            raise UserError(
                where="--format",
                got=f'item "{name}"',
                expected="a document's number, as lm-evaluation-harness has it",
                fix="Give the harness's logs as the history, or --format ids.",
            )
        samples.setdefault(task, []).append(int(name))
    return {task: sorted(numbers) for task, numbers in samples.items()}


def inspect_ids(items: Sequence[str], tasks: Sequence[str]) -> dict[str, list[str]]:
    """Sample ids by task, as inspect_ai's `--sample-id` takes them.

    Raises:
        UserError: (a ValueError) on ids with a comma, which would be two.
    """
    ids: dict[str, list[str]] = {}
    for task, name in _split(items, tasks):
        if "," in name:
            raise UserError(
                where="--format",
                got=f'item "{name}"',
                expected="ids without a comma, since --sample-id separates them with one",
                fix="Use --format ids.",
            )
        ids.setdefault(task, []).append(name)
    return ids


def _split(items: Sequence[str], tasks: Sequence[str]) -> list[tuple[str, str]]:
    """Task and name of each item, without the task that may be in the name."""
    return [
        (task, item.removeprefix(f"{task}/") if task else item)
        for item, task in zip(items, tasks, strict=True)
    ]


def _lm_eval(items: Sequence[str], tasks: Sequence[str]) -> str:
    return json.dumps(harness_samples(items, tasks))


def _inspect(items: Sequence[str], tasks: Sequence[str]) -> str:
    ids = inspect_ids(items, tasks)
    if len(ids) == 1:
        return ",".join(next(iter(ids.values())))
    return "\n".join(f"{task}\t{','.join(names)}" for task, names in ids.items())


def _ids(items: Sequence[str], tasks: Sequence[str]) -> str:
    return "\n".join(items)


FORMATS: dict[str, Callable[[Sequence[str], Sequence[str]], str]] = {
    "lm-eval": _lm_eval,
    "inspect": _inspect,
    "ids": _ids,
}
