"""Makes one reading of the drafts of several files: metrics, facets, repeats, names."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from eval_predict.data.clusters import labels_of
from eval_predict.data.matrix import LARGEST, ScoreMatrix
from eval_predict.data.readers.facets import few, of_facets, of_tasks, pick
from eval_predict.data.readers.labels import label_models
from eval_predict.data.readers.metrics import Choice, choose_metrics
from eval_predict.data.readers.reading import (
    Draft,
    Reading,
    ReadOptions,
    Repeats,
    Row,
    Runs,
    Scale,
)
from eval_predict.data.readers.runs import FACET
from eval_predict.errors import UserError


class FileDraft(NamedTuple):
    """The draft of one file."""

    path: Path
    draft: Draft


def assemble(drafts: Sequence[FileDraft], name: str, options: ReadOptions) -> Reading:
    """One reading of files of one format.

    Args:
        drafts: what each file says, in the order of their paths.
        name: of the format.
        options: what the user chose.

    Raises:
        UserError: (a ValueError) on a choice that the files do not have, documents that differ
            between models, and files without a score.
    """
    where = drafts[0].path if len(drafts) == 1 else _common(file.path for file in drafts)
    table = _Table(where, options)
    labelled, notes = label_models(
        [(file.path, file.draft) for file in drafts], options.model, options.runs
    )
    rows = [(label, row) for label, draft in labelled for row in draft.rows]
    rows, copies = _once(rows)
    rows = of_tasks(where, rows, options.tasks)
    rows = of_facets(where, rows, options)
    choices = choose_metrics(where, [draft for _, draft in labelled], rows, options)
    picked, sentences = pick(rows, [draft for _, draft in labelled], choices, options)
    several = len({row.task for _, row in picked}) > 1
    _refuse_other_metrics([file.path for file in drafts], labelled, choices)
    for label, row in picked:
        table.add(label, row, choices[row.task], several)
    if not table.items:
        raise UserError(where=where, got="no rows", expected="one row a result")
    matrix, repeats = table.matrix()
    if matrix.missing_MN.all():
        raise UserError(
            where=where,
            got=f"{matrix.shape[1]} items, none with a score",
            expected="scores",
            fix="Choose another metric with --metric, or run them again.",
        )
    metric = _metric_name(choices)
    # Splits and filters that were pooled, the choice of metrics, and repeats.
    choice_notes = [*dict.fromkeys(text for choice in choices.values() for text in choice.notes)]
    if several:
        choice_notes.append(
            f"all items of {len(set(table.tasks))} tasks together (choose with --task)"
        )
    if repeats is not None:
        choice_notes.append(
            f"items were run up to {repeats.most} times: an item's score is the mean of its repeats"
        )
    return Reading(
        matrix,
        format=name,
        metric=metric,
        scale=_scale(choices, [draft for _, draft in labelled]),
        metrics=_means(picked, several),
        tasks=tuple(table.tasks) if any(table.tasks) else (),
        repeats=repeats,
        clusters=table.cluster_labels(),
        runs=table.runs_by_model(),
        choices=(*choice_notes, *sentences),
        notes=tuple(
            dict.fromkeys(
                [
                    *_mixed(choices, [draft for _, draft in labelled]),
                    *notes,
                    *([f"{copies} trials are in two files: read once"] if copies else []),
                    *(note for _, draft in labelled for note in draft.notes),
                ]
            )
        ),
    )


@dataclass(slots=True)
class _Table:
    where: Path
    options: ReadOptions
    scores: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    prompts: list[str | None] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    documents: dict[str, tuple[str, str]] = field(default_factory=dict)
    clusters: dict[str, str] = field(default_factory=dict)
    runs: dict[str, dict[str, dict[int, list[float]]]] = field(default_factory=dict)

    def add(self, label: str, row: Row, choice: Choice, several: bool) -> None:
        item = f"{row.task}/{row.item}" if several else row.item
        self._check_document(label, item, row)
        self._check_cluster(item, row)
        if item not in self.items:
            self.items[item] = len(self.items)
            self.prompts.append(row.prompt)
            self.tasks.append(row.task)
        model = self.models.setdefault(label, len(self.models))
        cell = self.scores.setdefault((model, self.items[item]), [])
        score = row.metrics.get(choice.name, math.nan)
        if math.isinf(score):
            raise UserError(
                where=self.where,
                field=choice.name,
                got=f'infinite for item "{item}"',
                expected="finite numbers",
            )
        if not math.isnan(score):
            cell.append(score)
            if (run := row.facets.get(FACET)) is not None:
                scores = self.runs.setdefault(label, {}).setdefault(run, {})
                scores.setdefault(self.items[item], []).append(score)

    def _check_document(self, label: str, item: str, row: Row) -> None:
        if not row.document or self.options.match == "id":
            return
        document, model = self.documents.setdefault(item, (row.document, label))
        if document != row.document:
            raise UserError(
                where=self.where,
                field="doc_hash",
                got=f'document "{item}" of "{label}" is another one than for "{model}"',
                expected="models that were asked the same documents",
                fix="If only the order of choices differs (GPQA shuffles them), say --match id.",
            )

    def _check_cluster(self, item: str, row: Row) -> None:
        if row.cluster is None:
            return
        cluster = self.clusters.setdefault(item, row.cluster)
        if cluster != row.cluster:
            raise UserError(
                where=self.where,
                field=self.options.cluster,
                got=f'"{cluster}" and "{row.cluster}" for item "{item}"',
                expected="one cluster for each item",
            )

    def cluster_labels(self) -> tuple[str, ...]:
        """Each item's cluster, empty where none was asked for."""
        if self.options.cluster is None:
            return ()
        return tuple(labels_of(self.clusters, list(self.items), self.where, self.options.cluster))

    def runs_by_model(self) -> dict[str, Runs]:
        """The runs of each model that has several."""
        found = {}
        for label, runs in self.runs.items():
            if len(runs) > 1:
                scores_RN = np.full((len(runs), len(self.items)), np.nan)
                for row, scores in zip(scores_RN, runs.values(), strict=True):
                    row[list(scores)] = [_mean(values) for values in scores.values()]
                found[label] = Runs(tuple(runs), scores_RN)
        return found

    def matrix(self) -> tuple[ScoreMatrix, Repeats | None]:
        shape = (len(self.models), len(self.items))
        mean_MN = np.full(shape, np.nan)
        count_MN = np.zeros(shape, np.int32)
        variance_MN = np.full(shape, np.nan)
        for cell, scores in self.scores.items():
            if scores:
                mean_MN[cell], count_MN[cell] = _mean(scores), len(scores)
            if len(scores) > 1:
                variance_MN[cell] = np.var(scores, ddof=1)
        if (np.abs(mean_MN) > LARGEST).any():
            raise UserError(
                where=self.where, field="score", got=f"a score above {LARGEST:.1e}", expected="less"
            )
        columns = {"item": pa.array(list(self.items), pa.string())}
        if any(prompt is not None for prompt in self.prompts):
            columns["prompt"] = pa.array(self.prompts, pa.string())
        matrix = ScoreMatrix.from_array(
            mean_MN, tuple(self.models), tuple(self.items), pa.table(columns)
        )
        repeated = count_MN.max(initial=0) > 1
        return matrix, Repeats(count_MN, variance_MN) if repeated else None


def _once(rows: list[tuple[str, Row]]) -> tuple[list[tuple[str, Row]], int]:
    """The rows without trials that stand in a run's file and in one of their own."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for label, row in rows:
        name = row.facets.get("trial")
        key = (label, row.task, row.item, name or "", row.facets.get("split", ""))
        if name and key in seen:
            continue
        seen.add(key)
        kept.append((label, row))
    return kept, len(rows) - len(kept)


def _refuse_other_metrics(
    paths: Sequence[Path], labelled: Sequence[tuple[str, Draft]], choices: dict[str, Choice]
) -> None:
    """A model whose file has another metric only would be missing as a whole."""
    for label, draft in labelled:
        names = dict.fromkeys(name for row in draft.rows for name in row.metrics)
        wanted = {choices[row.task].name for row in draft.rows if row.task in choices}
        if wanted and names and not wanted & names.keys():
            raise UserError(
                where=_common(paths),
                field="metric",
                got=f"{label} has {few(names)} and not {few(sorted(wanted))}",
                expected="a metric that all files have",
                fix="Choose one with --metric, or give these files alone.",
            )


def _common(paths: Iterable[Path]) -> Path:
    parents = [path.parent for path in paths]
    first = parents[0]
    return next(
        (
            folder
            for folder in (first, *first.parents)
            if all(p.is_relative_to(folder) for p in parents)
        ),
        first,
    )


def _metric_name(choices: dict[str, Choice]) -> str:
    names = dict.fromkeys(choice.name for choice in choices.values())
    if len(names) == 1:
        return next(iter(names))
    tasks = {name: [t for t, c in choices.items() if c.name == name] for name in names}
    return ", ".join(f"{name} ({few(metric_names)})" for name, metric_names in tasks.items())


def _scale(choices: dict[str, Choice], drafts: Sequence[Draft]) -> Scale:
    names = {choice.name for choice in choices.values()}
    scales = [draft.scales.get(name, Scale()) for draft in drafts for name in names]
    low, high = min(scale.low for scale in scales), max(scale.high for scale in scales)
    return Scale(low, high, all(scale.stated for scale in scales))


def _mixed(choices: dict[str, Choice], drafts: Sequence[Draft]) -> list[str]:
    """A warning where tasks of different scales stand in one matrix."""
    scales = {
        str(draft.scales.get(choice.name, Scale())): None
        for draft in drafts
        for task, choice in choices.items()
        if any(row.task == task for row in draft.rows[:1])
    }
    if len(scales) < 2:
        return []
    return [f"tasks of different scales ({', '.join(scales)}) are together: choose with --task"]


def _means(rows: list[tuple[str, Row]], several: bool) -> dict[str, float]:
    """Each metric's mean over items, an item's repeats first."""
    cells: dict[str, dict[tuple[str, str, str], list[float]]] = {}
    for label, row in rows:
        for name, score in row.metrics.items():
            if not math.isnan(score):
                cells.setdefault(name, {}).setdefault((label, row.task, row.item), []).append(score)
    return {
        name: _mean([_mean(scores) for scores in trials.values()]) for name, trials in cells.items()
    }


def _mean(scores: Sequence[float]) -> float:
    """A plain mean: numpy's costs microseconds, and there are millions of cells."""
    return scores[0] if len(scores) == 1 else math.fsum(scores) / len(scores)
