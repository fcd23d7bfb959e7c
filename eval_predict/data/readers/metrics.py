"""Which metric of each task counts: the one asked for, else a documented default."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.errors import UserError, nearest


@dataclass(frozen=True, slots=True)
class Choice:
    """A task's metric, the filter that was asked for with it, and notes for the user."""

    name: str
    filter: str | None = None
    notes: tuple[str, ...] = ()


def choose_metrics(
    where: Path, drafts: Sequence[Draft], rows: Sequence[tuple[str, Row]], options: ReadOptions
) -> dict[str, Choice]:
    """One metric for each task.

    `--metric` gives a name (`acc`), a name and a filter (`exact_match,strict-match`), or either
    for one task (`gsm8k=exact_match`). Without it, the first that the tool prefers.

    Raises:
        UserError: (a ValueError) on a metric that is not there, or is no score of an item.
    """
    general, by_task = _requested(options)
    found: dict[str, dict[str, None]] = {}
    filters: dict[str, dict[str, None]] = {}
    for _, row in rows:
        found.setdefault(row.task, {}).update(dict.fromkeys(row.metrics))
        if "filter" in row.facets:
            for name in row.metrics:
                filters.setdefault(f"{row.task}\n{name}", {})[row.facets["filter"]] = None
    for task in by_task:
        if task not in found:
            guess = nearest(task, found)
            raise UserError(
                where="--metric",
                got=f'no task "{task}"',
                expected=f"one of {', '.join(list(found)[:8])}",
                fix=f'Did you mean "{guess}"?' if guess else None,
            )
    prefer: dict[str, list[str]] = {}
    for draft in drafts:
        for task in {row.task for row in draft.rows}:
            prefer.setdefault(task, []).extend(draft.prefer)
    unusable = {name: why for draft in drafts for name, why in draft.unusable.items()}
    choices = {}
    for task, names in found.items():
        wanted = by_task.get(task, general)
        if wanted is None:
            choices[task] = _default(prefer.get(task, []), list(names))
        else:
            options_of = {name: list(filters.get(f"{task}\n{name}", {})) for name in names}
            choices[task] = _wanted(where, wanted, options_of, unusable)
    return choices


def _requested(options: ReadOptions) -> tuple[str | None, dict[str, str]]:
    general, by_task = None, {}
    for text in options.metrics:
        task, mark, metric = text.rpartition("=")
        if mark:
            by_task[task.strip()] = metric.strip()
        elif general is not None and general != metric.strip():
            raise UserError(
                where="--metric",
                got=f'"{general}" and "{text}"',
                expected="one metric for all tasks, and TASK=METRIC for others",
            )
        else:
            general = metric.strip()
    return general, by_task


def _default(prefer: Sequence[str], names: Sequence[str]) -> Choice:
    if not names:
        return Choice("score")
    name = next((name for name in prefer if name in names), names[0])
    others = [other for other in names if other != name]
    if not others:
        return Choice(name)
    more = f", … {len(others)} in all" if len(others) > 6 else ""
    also = ", ".join(others[:6]) + more
    return Choice(name, notes=(f"metric {name} (also there: {also}; choose with --metric)",))


def _wanted(
    where: Path, requested: str, names: dict[str, list[str]], unusable: dict[str, str]
) -> Choice:
    # A metric's own name may have a comma.
    name, wanted = (requested, "") if requested in names else (requested.partition(",")[::2])
    if name in names and (not wanted or wanted in names[name]):
        return Choice(name, wanted or None)
    if name in unusable:
        raise UserError(
            where=where, field=name, got=unusable[name], expected=f"one of {', '.join(names)}"
        )
    options = [
        f"{metric},{filter_}" if len(filters) > 1 else metric
        for metric, filters in names.items()
        for filter_ in (filters if len(filters) > 1 else [""])
    ]
    guess = nearest(requested, [*options, *names])
    raise UserError(
        where=where,
        field="metric",
        got=f'"{requested}"',
        expected=f"one of {', '.join(options[:12])}" if options else "a metric that is a number",
        fix=f'Did you mean "{guess}"?' if guess else "Name one (option --metric).",
    )
