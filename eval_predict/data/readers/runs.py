"""Which files are runs of one model, where these are to be kept: by seed, setting, date or name."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eval_predict.data.readers.reading import Draft
from eval_predict.errors import UserError

Named = list[tuple[Path, str, Draft]]

ALL = "all"
FACET = "run"
_SEEDS = frozenset(
    {"seed", "random_seed", "numpy_seed", "torch_seed", "fewshot_seed", "manual_seed"}
)


def run_settings(runs: str | None) -> frozenset[str]:
    """The settings in which runs of one model may differ."""
    if runs is None:
        return frozenset()
    return _SEEDS if runs == ALL or _pattern(runs) else frozenset({runs})


def named_setting(runs: str | None) -> str | None:
    """The setting or column that the user named; None for all of them, or a pattern."""
    return None if runs is None or runs == ALL or _pattern(runs) else runs


def without_run_names(named: Named, runs: str | None) -> Named:
    """Models' names without the first part that a pattern finds; that part names the run.

    Raises:
        UserError: (a ValueError) on a pattern that is none, or that no name has.
    """
    text = _pattern(runs)
    if not text:
        return named
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise UserError(
            where="--runs", got=f"{runs} ({error})", expected="a pattern such as /-seed[0-9]+/"
        ) from None
    if not any(pattern.search(name) for _, name, _ in named):
        shown = ", ".join(list(dict.fromkeys(name for _, name, _ in named))[:4])
        raise UserError(
            where="--runs", got=f"{runs}, which no model's name has", expected=f"a part of {shown}"
        )
    return [
        (path, pattern.sub("", name, count=1), _in_run(draft, found[0]) if found else draft)
        for path, name, draft in named
        for found in [pattern.search(name)]
    ]


def with_run_names(named: Named, runs: str | None) -> Named:
    """The rows of each draft with the name of its run: what differs, or its date.

    Raises:
        UserError: (a ValueError) on a setting that no file has.
    """
    if runs is None:
        return named
    settings = run_settings(runs)
    _refuse_unknown([draft for _, _, draft in named], named_setting(runs))
    parts = [(label, frozenset(row.task for row in draft.rows)) for _, label, draft in named]
    several = Counter(parts)
    seen: Counter[tuple[object, ...]] = Counter()
    result = []
    for (path, label, draft), part in zip(named, parts, strict=True):
        differs = [f"{key}={draft.setup[key]}" for key in sorted(settings) if key in draft.setup]
        if not differs and several[part] == 1:
            result.append((path, label, draft))
            continue
        name = ", ".join(differs) or draft.date or path.name
        seen[(*part, name)] += 1
        if seen[(*part, name)] > 1:
            name = f"{name} {draft.date or seen[(*part, name)]}"
        result.append((path, label, _in_run(draft, name)))
    return result


def _refuse_unknown(drafts: Sequence[Draft], setting: str | None) -> None:
    if setting is None or any(
        setting in draft.setup or any(FACET in row.facets for row in draft.rows[:1])
        for draft in drafts
    ):
        return
    found = dict.fromkeys(key for draft in drafts for key in draft.setup)
    raise UserError(
        where="--runs",
        got=f'"{setting}", which is no setting or column of these files',
        expected=f"one of {', '.join((ALL, *found))}, or a pattern such as /-seed[0-9]+/",
    )


def _pattern(runs: str | None) -> str | None:
    return runs[1:-1] if runs and len(runs) > 2 and runs[0] == runs[-1] == "/" else None


def _in_run(draft: Draft, name: str) -> Draft:
    """A draft whose rows are of this run, unless they say themselves of which they are."""
    if not draft.rows or any(FACET in row.facets for row in draft.rows[:1]):
        return draft
    rows = tuple(replace(row, facets={**row.facets, FACET: name}) for row in draft.rows)
    return replace(draft, rows=rows)
