"""Names the models of files: by name, by the settings that differ, and one run for each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eval_predict.data.readers.reading import Draft
from eval_predict.data.readers.runs import run_settings, with_run_names, without_run_names
from eval_predict.errors import UserError

Labelled = list[tuple[str, Draft]]
_SUFFIXES = (".gz", ".json", ".jsonl", ".csv", ".tsv", ".parquet", ".eval", ".jsonlines")


def label_models(
    drafts: Sequence[tuple[Path, Draft]], given: str | None, runs: str | None = None
) -> tuple[Labelled, list[str]]:
    """A label for the rows of each draft, without copies of a run and runs that were repeated.

    Models of one name are distinguished by the settings that differ between their runs of one task.
    A file that names no model takes the name that was given, else its own. With `runs` (as in
    `ReadOptions`) the runs of a model are kept, and its rows say of which they are.

    Returns:
        Pairs of label and draft (one for each model of it), and what was done.

    Raises:
        UserError: (a ValueError) on one name for several files that share items.
    """
    notes: list[str] = []
    split = [(path, name, draft) for path, whole in drafts for name, draft in _by_model(whole)]
    nameless = [path for path, name, _ in split if name is None]
    fallback = _file_names(nameless)
    if given is not None:
        _refuse_one_name_for_many(given, [(path, d) for path, name, d in split if name is None])
    if nameless and given is None:
        shown = ", ".join(f'"{fallback[path]}"' for path in dict.fromkeys(nameless[:3]))
        notes.append(
            f"no model's name in {'the file' if len(fallback) == 1 else 'some files'}: called"
            f" {shown} after the file; give it with --model"
        )
    named = [
        (path, name if name is not None else given or fallback[path], draft)
        for path, name, draft in split
    ]
    named = without_run_names(_without_copies(named, notes), runs)
    labels = _apart(named, run_settings(runs))
    named = [(path, label, draft) for (path, _, draft), label in zip(named, labels, strict=True)]
    if runs is not None:
        return [(label, draft) for _, label, draft in with_run_names(named, runs)], notes
    return [(label, draft) for _, label, draft in _latest(named, notes)], notes


def _refuse_one_name_for_many(given: str, nameless: Sequence[tuple[Path, Draft]]) -> None:
    """One name for files with the same items would make repeats of what may be several models."""
    seen: dict[tuple[str, str], Path] = {}
    for path, draft in nameless:
        for key in {(row.task, row.item) for row in draft.rows}:
            if seen.setdefault(key, path) != path:
                raise UserError(
                    where="--model",
                    got=f'"{given}" for {seen[key].name} and {path.name}, which share items',
                    expected="one file without a model's name",
                    fix="Leave --model out: each file then has its own name.",
                )


def _by_model(draft: Draft) -> list[tuple[str | None, Draft]]:
    names = dict.fromkeys(row.model or draft.model for row in draft.rows)
    if len(names) == 1:
        return [(next(iter(names)), draft)]
    return [
        (
            name,
            replace(draft, rows=tuple(r for r in draft.rows if (r.model or draft.model) == name)),
        )
        for name in names
    ]


def _file_names(paths: Sequence[Path]) -> dict[Path, str]:
    """Files' names without suffixes, with their folder's where two are the same."""
    stems = {}
    for path in dict.fromkeys(paths):
        stem = path.name
        while stem.lower().endswith(_SUFFIXES):
            stem = stem.rpartition(".")[0] or stem.strip(".")
        for end in (".jsonl_results", "_eval_results", ".eval_results", "_results"):
            stem = stem.removesuffix(end)
        stems[path] = stem.strip(".") or path.name
    counts = Counter(stems.values())
    return {
        path: f"{path.resolve().parent.name}/{stem}" if counts[stem] > 1 else stem
        for path, stem in stems.items()
    }


def _tasks(draft: Draft) -> frozenset[str]:
    return frozenset(row.task for row in draft.rows)


def _without_copies(
    named: list[tuple[Path, str, Draft]], notes: list[str]
) -> list[tuple[Path, str, Draft]]:
    kept: dict[tuple[object, ...], Path] = {}
    rest = []
    for path, name, draft in named:
        key = (draft.run, name, _tasks(draft))
        if draft.run and key in kept:
            notes.append(f"{path.name} is the same run as {kept[key].name}: read once")
            continue
        kept[key] = path
        rest.append((path, name, draft))
    return rest


def _apart(
    named: Sequence[tuple[Path, str, Draft]], of_runs: frozenset[str] = frozenset()
) -> list[str]:
    """Names with the settings in which runs of one name and task differ, those of runs left out."""
    values: dict[tuple[str, str, str], set[str]] = {}
    keys = dict.fromkeys(key for _, _, draft in named for key in draft.setup if key not in of_runs)
    for _, name, draft in named:
        for task in _tasks(draft):
            for key in keys:
                values.setdefault((name, task, key), set()).add(draft.setup.get(key, ""))
    differs = {(name, key) for (name, _, key), texts in values.items() if len(texts) > 1}
    labels = []
    for _, name, draft in named:
        parts = [
            f"{key}={draft.setup[key]}"
            for key in keys
            if (name, key) in differs and key in draft.setup
        ]
        labels.append(f"{name} ({', '.join(parts)})" if parts else name)
    return labels


def _latest(
    named: Sequence[tuple[Path, str, Draft]], notes: list[str]
) -> list[tuple[Path, str, Draft]]:
    """Keep the run with the latest date, of several runs of one model on one task."""
    newest: dict[tuple[str, frozenset[str]], Draft] = {}
    runs: Counter[tuple[str, frozenset[str]]] = Counter()
    for _, label, draft in named:
        key = (label, _tasks(draft))
        if draft.run:
            runs[key] += 1
            if key not in newest or draft.date >= newest[key].date:
                newest[key] = draft
    for (label, tasks), count in runs.items():
        if count > 1:
            task = ", ".join(sorted(task for task in tasks if task)) or "these items"
            date = newest[label, tasks].date
            notes.append(
                f"{count} runs of {label} on {task}: the latest counts ({date};"
                " --runs all keeps all)"
            )
    return [
        entry
        for entry in named
        if not entry[2].run or newest[entry[1], _tasks(entry[2])] is entry[2]
    ]
