"""The types of a reader: rows, drafts, the reading."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """A user's choices where a file leaves a choice.

    Attributes:
        metrics: names, with `TASK=` before one that is for a task alone.
        tasks: names or patterns (`mmlu_*`); empty for all.
        filter: of lm-evaluation-harness (`strict-match`).
        split: of HELM (`test`).
        epoch: of inspect_ai, or the trial of an agent benchmark.
        judge: whose verdicts.
        model: the model's name, for files that do not have it.
        item: columns of a table that name the item, or `row` for its row number.
        match: `id` takes documents with one id for the same although their text differs.
        cluster: the column, or field of a document, that several items share: their passage.
        runs: what tells runs of one model apart, which are then all kept: `all` (seeds and dates),
            a setting or column (`seed`), or a pattern between slashes that is taken out of the
            models' names (`/-seed[0-9]+/`).
    """

    metrics: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    filter: str | None = None
    split: str | None = None
    epoch: str | None = None
    judge: str | None = None
    model: str | None = None
    item: tuple[str, ...] = ()
    match: str | None = None
    cluster: str | None = None
    runs: str | None = None

    def facets(self) -> dict[str, str]:
        """The parts of the rows that were chosen, by name."""
        given = {
            "filter": self.filter,
            "split": self.split,
            "epoch": self.epoch,
            "judge": self.judge,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Scale:
    """The range of a metric: 0 to 1 unless the tool says otherwise."""

    low: float = 0.0
    high: float = 1.0
    stated: bool = True  # by the tool or the metric; else it is the range of the scores seen

    @property
    def is_share(self) -> bool:
        """Whether it runs from 0 to 1."""
        return (self.low, self.high) == (0.0, 1.0)

    def __str__(self) -> str:
        return f"{self.low:g}–{self.high:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One result as a file has it.

    Attributes:
        item: its name within the task.
        metrics: scores by metric, NaN for one that is missing.
        model: the model, where a file holds several.
        task: the benchmark, where the tool knows several.
        facets: what else tells this row from others of the item: filter, split, epoch, judge.
        prompt: the text that the model was given, if the file has it.
        document: a digest of the item's text, if the file has it.
        cluster: the passage or template that the item belongs to, if it was asked for.
    """

    item: str
    metrics: Mapping[str, float]
    model: str | None = None
    task: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    prompt: str | None = None
    document: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """The contents of one file, before anything is chosen.

    Attributes:
        rows: its results.
        prefer: metrics in the order in which one is taken if none is asked for; then the first
            that the rows have.
        picks: facets of which one value counts (the first, if none is asked for); rows that
            differ in another facet are repeats, or different items.
        scales: of the metrics that do not run from 0 to 1.
        model: the model of all rows, or None where the file does not name it.
        run: identity of the run, where the tool has one: two files with the same are copies.
        date: of the run; of two runs of one model on one task the later counts.
        setup: what tells models of one name apart (revision, adapter, few-shot count …).
        unusable: metrics that are no scores of an item, and why.
        notes: what the user should know.
        units: what the items are called, if they have parts ("3 questions × 2 turns").
    """

    rows: tuple[Row, ...]
    prefer: tuple[str, ...] = ()
    picks: tuple[str, ...] = ()
    scales: Mapping[str, Scale] = field(default_factory=dict)
    model: str | None = None
    run: str = ""
    date: str = ""
    setup: Mapping[str, str] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """Items that were run several times: k samples of an item, not k items.

    Attributes:
        count_MN: how many scores each mean in the matrix comes from, 0 where it is missing.
        variance_MN: sample variance of these scores, NaN where there are fewer than two.
    """

    count_MN: NDArray[np.int32]
    variance_MN: NDArray[np.float64]

    @property
    def most(self) -> int:
        """The largest number of repeats of one item by one model."""
        return int(self.count_MN.max(initial=0))


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Several runs of one model, which share what a seed decides.

    Attributes:
        names: of the R runs.
        scores_RN: a run's score on each item, NaN where it has none.
    """

    names: tuple[str, ...]
    scores_RN: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Scores of models on items, and the choices that were made to read them.

    Attributes:
        matrix: models × items; a score is the mean over the item's repeats.
        format: the tool that wrote the files, or the kind of table.
        metric: the metric that was taken.
        scale: its range.
        metrics: the mean of each metric over all models and items, the one taken among them.
        tasks: each item's task, empty where the files know of none.
        repeats: the spread within items, None where each was run once.
        clusters: each item's passage or template, empty where none was asked for.
        runs: the runs of each model that has several.
        choices: one sentence for each choice that was made for the user.
        notes: warnings about the files.
    """

    matrix: ScoreMatrix
    format: str
    metric: str
    scale: Scale = field(default_factory=Scale)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tasks: tuple[str, ...] = ()
    repeats: Repeats | None = None
    clusters: tuple[str, ...] = ()
    runs: Mapping[str, Runs] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models' names."""
        return self.matrix.models

    @property
    def items(self) -> tuple[str, ...]:
        """The items' names."""
        return self.matrix.items

    @property
    def missing(self) -> float:
        """The share of pairs of model and item without a score."""
        return float(self.matrix.missing_MN.mean())

    def describe(self) -> str:
        """One line that says what was read."""
        models, items = self.matrix.shape
        text = f"{_count(models, 'model')} × {_count(items, 'item')}"
        if self.repeats is not None:
            text += f" ({int(self.repeats.count_MN.sum()):,} scores)"
        if self.runs:
            text += f", up to {max(len(runs.names) for runs in self.runs.values())} runs a model"
        text += f", {100 * self.missing:.1f}% missing" if self.missing else ", none missing"
        text += f", {self.metric}"
        text += "" if self.scale.is_share else f" on {self.scale}"
        text += f", {_count(len(set(self.clusters)), 'cluster')}" if self.clusters else ""
        return f"{text} ({self.format})"

    def to_dict(self) -> dict[str, Any]:
        """The reading and its choices, for JSON."""
        models, items = self.matrix.shape
        return {
            "format": self.format,
            "models": models,
            "items": items,
            "missing": self.missing,
            "repeats": 1 if self.repeats is None else self.repeats.most,
            "scores": int((~self.matrix.missing_MN).sum())
            if self.repeats is None
            else int(self.repeats.count_MN.sum()),
            "metric": self.metric,
            "scale": [self.scale.low, self.scale.high],
            "metrics": dict(self.metrics),
            "choices": list(self.choices),
            "notes": list(self.notes),
        }


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
