"""The page of `eval-predict report`: models, items and their map, an estimate, methods compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from eval_predict.bench.results import BASELINE, BenchRow, BenchSummary, summarise, worst_first
from eval_predict.data.readers.reading import Scale
from eval_predict.items.analysis import ItemReport
from eval_predict.report.charts import scatter
from eval_predict.stats.estimate import Estimate
from eval_predict.stats.model_summary import ModelSummary

MOST_MODELS, MOST_ITEMS = 300, 2000


@dataclass(frozen=True, slots=True)
class ObservedItem:
    """An item that a new model was run on.

    Attributes:
        item: its name.
        score: the new model's.
        probability: with which it was drawn; None where it was not drawn at random.
    """

    item: str
    score: float
    probability: float | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """A new model's estimate, and the items that it comes from."""

    model: str
    estimate: Estimate
    observed: tuple[ObservedItem, ...]


@dataclass(frozen=True, slots=True)
class ScoresReport:
    """The contents of the page; None for a part that was not given.

    Attributes:
        name: the page's title.
        read: a sentence on what was read.
        scale: of the scores.
        models: with their means, best first.
        items: each with what the models say of it; empty where models are too few for that.
        prediction: of a new model.
        bench: rows of `eval-predict bench`.
    """

    name: str
    read: str = ""
    scale: Scale | None = None
    models: tuple[ModelSummary, ...] = ()
    items: tuple[ItemReport, ...] = ()
    prediction: Prediction | None = None
    bench: tuple[BenchRow, ...] = ()


def scores_page(report: ScoresReport) -> str:
    """The page as HTML; works offline."""
    summaries = worst_first(summarise(report.bench)) if report.bench else []
    share = report.scale is None or report.scale.is_share
    observed = {item.item for item in report.prediction.observed} if report.prediction else set()
    shown = _items_first(report.items, observed)[:MOST_ITEMS]
    return (
        environment()
        .get_template("scores.html")
        .render(
            report=report,
            number=(lambda value: f"{100 * value:.1f}%")
            if share
            else (lambda value: f"{value:.3g}"),
            models=report.models[:MOST_MODELS],
            items=shown,
            observed=observed,
            map=_item_map(report.items, observed),
            summaries=summaries,
            methods=_methods_chart(summaries),
            baseline=BASELINE,
        )
    )


@cache
def environment() -> Environment:
    """Templates of this package; what they show is escaped."""
    made = Environment(loader=FunctionLoader(asset), autoescape=True, undefined=StrictUndefined)
    made.globals["css"] = Markup(asset("page.css"))  # noqa: S704  # our own file
    return made


def asset(name: str) -> str:
    """A file beside this module, as text."""
    return (files("eval_predict.report") / "assets" / name).read_text(encoding="utf-8")


def _items_first(items: Sequence[ItemReport], observed: set[str]) -> list[ItemReport]:
    """Flagged items first, then those that the new model was run on."""
    return sorted(items, key=lambda item: (not item.flags, item.item not in observed))


def _item_map(items: Sequence[ItemReport], observed: set[str]) -> Markup:
    """Items by how many models have them right and how well they tell models apart."""
    groups = {
        "item": [i for i in items if i.item not in observed and not i.flags],
        "flagged": [i for i in items if i.item not in observed and i.flags],
        "run on the new model": [i for i in items if i.item in observed],
    }
    drawn = [
        (
            name,
            np.array([item.mean for item in group]),
            np.array([item.discrimination for item in group]),
            css,
        )
        for (name, group), css in zip(groups.items(), ("a", "b", "c"), strict=True)
        if group
    ]
    return scatter(
        "Item map", drawn, x_label="mean score of the models", y_label="discrimination", most=3000
    )


def _methods_chart(summaries: Sequence[BenchSummary]) -> Markup:
    """Each method's coverage against its error, a point a situation."""
    groups = []
    for place, method in enumerate(dict.fromkeys(row.method for row in summaries)):
        rows = [
            (row.mae_ratio, row.coverage)
            for row in summaries
            if row.method == method and row.mae_ratio is not None and row.coverage is not None
        ]
        errors, coverages = np.array(rows, float).reshape(-1, 2).T
        groups.append((method, errors, coverages, "abcde"[place % 5]))
    return scatter(
        "Coverage of 95% intervals against error, a point a situation",
        groups[:5],
        x_label="error as a share of random sampling's",
        y_label="coverage",
    )
