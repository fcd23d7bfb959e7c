"""Which rows count: tasks, and the filter, split, epoch and judge."""

import fnmatch
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from eval_predict.data.readers.metrics import Choice
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.errors import UserError, nearest


def of_tasks(
    where: Path, rows: list[tuple[str, Row]], wanted: Sequence[str]
) -> list[tuple[str, Row]]:
    """The rows of the tasks that were asked for.

    Raises:
        UserError: (a ValueError) on a pattern that fits none.
    """
    if not wanted:
        return rows
    tasks = dict.fromkeys(row.task for _, row in rows)
    for pattern in wanted:
        if not any(fnmatch.fnmatchcase(task, pattern) for task in tasks):
            guess = nearest(pattern, tasks)
            raise UserError(
                where=where,
                field="task",
                got=f'"{pattern}"',
                expected=f"one of {few(task or 'no name' for task in tasks)}",
                fix=f'Did you mean "{guess}"?' if guess else None,
            )
    kept = {
        task
        for task in tasks
        if any(fnmatch.fnmatchcase(task, wanted_pattern) for wanted_pattern in wanted)
    }
    return [(label, row) for label, row in rows if row.task in kept]


def of_facets(
    where: Path, rows: list[tuple[str, Row]], options: ReadOptions
) -> list[tuple[str, Row]]:
    """The rows of the split, epoch, judge and filter that were asked for.

    Raises:
        UserError: (a ValueError) on a value that the files do not have.
    """
    for facet, value in options.facets().items():
        names = (facet, "trial") if facet == "epoch" else (facet,)
        found = dict.fromkeys(
            row.facets[name] for _, row in rows for name in names if name in row.facets
        )
        if value not in found:
            guess = nearest(value, found)
            raise UserError(
                where=where,
                field=facet,
                got=f'"{value}"',
                expected=f"one of {few(found)}" if found else f"a file that has a {facet}",
                fix=f'Did you mean "{guess}"?' if guess else None,
            )
        rows = [
            (label, row)
            for label, row in rows
            if any(row.facets.get(name) == value for name in names)
        ]
    return rows


def pick(
    rows: list[tuple[str, Row]],
    drafts: Sequence[Draft],
    choices: dict[str, Choice],
    options: ReadOptions,
) -> tuple[list[tuple[str, Row]], list[str]]:
    """Keep one value of the facets of which one counts; say so, and what was pooled."""
    picks = dict.fromkeys(name for draft in drafts for name in draft.picks)
    notes = []
    for facet in picks:
        picked: dict[str, str] = {}
        others: dict[str, None] = {}
        for _, row in rows:
            wanted = choices[row.task].filter if facet == "filter" else None
            if facet in row.facets and choices[row.task].name in row.metrics:
                picked.setdefault(row.task, wanted or row.facets[facet])
                others[row.facets[facet]] = None
        rows = [
            (label, row)
            for label, row in rows
            if facet not in row.facets or row.facets[facet] == picked.get(row.task)
        ]
        left = [name for name in others if name not in picked.values()]
        if left and facet not in options.facets() and not _was_requested(choices, facet):
            names = ", ".join(dict.fromkeys(picked.values()))
            notes.append(f"{facet} {names} (also there: {', '.join(left)}; choose with --{facet})")
    splits = Counter(row.facets["split"] for _, row in rows if "split" in row.facets)
    if len(splits) > 1:
        counts = ", ".join(f"{name} {count}" for name, count in splits.items())
        notes.append(f"all splits ({counts}; choose with --split)")
    return rows, notes


def _was_requested(choices: dict[str, Choice], facet: str) -> bool:
    return facet == "filter" and all(choice.filter for choice in choices.values())


def few(names: Iterable[str], most: int = 8) -> str:
    """The first names, and how many there are."""
    every = list(names)
    return ", ".join(every[:most]) + (f", … {len(every)} in all" if len(every) > most else "")
