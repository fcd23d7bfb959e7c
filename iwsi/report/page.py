"""The HTML page: typed data in, one self-contained file out."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from eval_predict.report.charts import Series, lines
from eval_predict.report.page import asset
from eval_predict.stats.estimate import Estimate, mean_over_seeds
from iwsi.audit.report import SHARES
from iwsi.report.data import Round, RunReport
from iwsi.report.differences import differing_keys
from iwsi.report.run_charts import accuracy_series, overview_charts, round_charts


def run_page(report: RunReport) -> str:
    """The page of one run, as HTML."""
    return _render(
        "run.html",
        report=report,
        headline=headline(report),
        charts=overview_charts(report.rounds),
        rounds=[_RoundPart(row, round_charts(row)) for row in report.rounds],
        shares=SHARES,
        candidates=_as_json([asdict(row) for row in report.candidates]),
        labelled=_as_json(report.labelled),
        flips=_as_json([asdict(row) for row in report.flips]),
        fixed=sum(flip.fixed for flip in report.flips),
        broken=sum(not flip.fixed for flip in report.flips),
        reasons=sorted({row.reason for row in report.candidates}),
        numbers=sorted({row.round for row in report.candidates}),
    )


def runs_page(reports: Sequence[RunReport]) -> str:
    """A page that compares several runs."""
    colours = ("a", "b", "c", "d", "e")
    series = [
        accuracy_series(report.rounds, report.name, colours[i % len(colours)])
        for i, report in enumerate(reports)
    ]
    chart = lines(
        "Greedy accuracy by round, 95% intervals",
        series,
        x_label="round",
        y_label="accuracy",
        percent=True,
    )
    rows = [(report, headline(report)) for report in reports]
    differences = differing_keys([report.recipe for report in reports])
    return _render("runs.html", rows=rows, chart=chart, differences=differences)


def study_page(name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """A page about a study's table: one row a filter and seed, and means over seeds."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        label = f"{row['filter']} {row.get('setting') or ''}".strip()
        groups.setdefault(label, []).append(row)
    names = list(groups)
    means = [
        (label, mean_over_seeds([float(row["accuracy"]) for row in groups[label]]))
        for label in names
    ]
    chart = lines(
        "Accuracy by filter: every seed",
        [
            Series(
                "seed",
                [i for i, n in enumerate(names) for _ in groups[n]],
                [float(row["accuracy"]) for n in names for row in groups[n]],
                joined=False,
            ),
        ],
        x_label="filter, in the order of the table below",
        y_label="accuracy",
        percent=True,
    )
    return _render("study.html", name=name, columns=columns, rows=rows, means=means, chart=chart)


def headline(report: RunReport) -> str:
    """The run's result in a sentence."""
    base = report.rounds[0].test
    number = report.result
    if base is None:
        return "The base model has not been tested in full."
    start = f"The base model answers {_share(base.accuracy)} of the test questions."
    if number is None:
        return f"{start} No round is the result yet."
    if number == 0:
        return f"{start} No round was better: the base model is the result."
    result = report.rounds[number] if number < len(report.rounds) else None
    if result is None or result.test is None or result.gain is None:
        return f"{start} Round {number} is the result; it has no full test."
    worse = " It is worse than the base model." if result.gain.high < 0 else ""
    return (
        f"{start} Round {number} answers {_share(result.test.accuracy)}: "
        f"{points(result.gain)} points (95% interval).{worse}"
    )


def points(estimate: Estimate) -> str:
    """A difference in percentage points with its interval."""
    if math.isinf(estimate.low) or math.isinf(estimate.high):
        return f"{100 * estimate.value:+.1f} [–]"
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.value:+.1f} [{low:+.1f}, {high:+.1f}]"


def _share(estimate: Estimate) -> str:
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.value:.1f}% [{low:.1f}, {high:.1f}]"


@dataclass(frozen=True, slots=True)
class _RoundPart:
    """The values of a round for the template."""

    round: Round
    charts: list[Markup]


def _as_json(value: Any) -> Markup:
    """JSON that can stand inside a script element: no character of it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # Lone surrogates of damaged texts cannot be written as UTF-8.
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return Markup(safe)  # noqa: S704  # nothing in it can end the element, see above


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_asset), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["percent"] = lambda value: f"{100 * value:.1f}%"
    environment.filters["points"] = points
    environment.filters["share"] = _share
    environment.filters["count"] = lambda value: f"{value:,}"
    for name in ("css", "js"):
        environment.globals[name] = Markup(_asset(f"page.{name}"))  # noqa: S704  # our own files
    return environment


def _asset(name: str) -> str:
    file = files("iwsi.report") / "assets" / name
    return file.read_text(encoding="utf-8") if file.is_file() else asset(name)
