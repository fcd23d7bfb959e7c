"""The HTML page: typed data in, one self-contained file out."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from eval_predict.report.charts import Series, histogram, lines, scatter
from eval_predict.report.page import asset
from eval_predict.stats.estimate import Estimate, mean_over_seeds
from iwsi.audit.report import SHARES, AuditReport
from iwsi.report.data import Distributions, Round, RunReport
from iwsi.report.differences import differing_keys


def run_page(report: RunReport) -> str:
    """The page of one run, as HTML."""
    return _render(
        "run.html",
        report=report,
        headline=headline(report),
        charts=_overview(report.rounds),
        rounds=[_round(row) for row in report.rounds],
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
        _accuracy(report.rounds, report.name, colours[i % len(colours)])
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


def _overview(rounds: Sequence[Round]) -> list[Markup]:
    tested = _accuracy(rounds, "full test (95%)", "a")
    forecast = [row for row in rounds if row.forecast is not None]
    forecasts = Series(
        "forecast",
        [row.number for row in forecast],
        [row.forecast.score.value for row in forecast if row.forecast],
        [row.forecast.score.low for row in forecast if row.forecast],
        [row.forecast.score.high for row in forecast if row.forecast],
        "b",
    )
    measured = [(row.number, row.distributions) for row in rounds if row.distributions]
    diversity = [
        _by_round("questions whose candidates all agree", measured, lambda d: d.unanimous, "a"),
        _by_round("cut off at max_tokens", measured, lambda d: d.truncated, "b"),
        _by_round("without an answer", measured, lambda d: d.unreadable, "c"),
    ]
    distinct = [
        _by_round("distinct answers a question", measured, lambda d: d.distinct_Q.mean(), "a")
    ]
    charts = [
        lines(
            "Accuracy by round: full test beside forecast",
            [tested, forecasts],
            x_label="round",
            y_label="accuracy",
            percent=True,
        ),
        lines(
            "Shares of what was sampled", diversity, x_label="round", y_label="share", percent=True
        ),
        lines("Diversity", distinct, x_label="round", y_label="answers"),
    ]
    return [chart for chart in charts if chart]


def _by_round(
    name: str, measured: Sequence[tuple[int, Distributions]], value: Any, css: str
) -> Series:
    return Series(name, [n for n, _ in measured], [float(value(d)) for _, d in measured], css=css)


def _accuracy(rounds: Sequence[Round], name: str, css: str) -> Series:
    tests = [(row.number, row.test.accuracy) for row in rounds if row.test is not None]
    return Series(
        name,
        [number for number, _ in tests],
        [estimate.value for _, estimate in tests],
        [estimate.low for _, estimate in tests],
        [estimate.high for _, estimate in tests],
        css,
    )


@dataclass(frozen=True, slots=True)
class _RoundPart:
    """What the template shows of a round."""

    round: Round
    charts: list[Markup]


def _round(data: Round) -> _RoundPart:
    charts = [_audit_chart(data.audit)] if data.audit else []
    if data.distributions is not None:
        charts += _candidate_charts(data.distributions)
    if data.training:
        steps, losses = zip(*data.training, strict=True)
        charts.append(
            lines("Training loss", [Series("loss", steps, losses)], x_label="step", y_label="loss")
        )
    return _RoundPart(data, [chart for chart in charts if chart])


def _audit_chart(audit: AuditReport) -> Markup:
    places = list(range(1, len(audit.scores) + 1))
    series = [
        Series(
            "AUC",
            places,
            [score.auc.value for score in audit.scores],
            [score.auc.low for score in audit.scores],
            [score.auc.high for score in audit.scores],
            joined=False,
        ),
        Series("chance", [places[0], places[-1]], [0.5, 0.5], css="b"),
    ]
    return lines(
        "Which score finds right votes",
        series,
        x_label="score, in the order of the table above",
        y_label="AUC",
    )


def _candidate_charts(d: Distributions) -> list[Markup]:
    kept, dropped = d.agrees_C & d.keep_C, d.agrees_C & ~d.keep_C
    weights = d.ds_weight_C[np.isfinite(d.ds_weight_C) & kept]
    cut = float(weights.max()) if weights.size and dropped.any() else None
    return [
        histogram(
            "DS weight of candidates that agree with the majority",
            [("kept", d.ds_weight_C[kept], "a"), ("dropped", d.ds_weight_C[dropped], "b")],
            x_label="DS weight",
            cut=cut,
            cut_label="largest kept",
        ),
        _losses(d),
        scatter(
            "DS weight against vote share",
            [
                ("kept", d.vote_share_C[kept], d.ds_weight_C[kept], "a"),
                ("dropped", d.vote_share_C[dropped], d.ds_weight_C[dropped], "b"),
            ],
            x_label="vote share of the majority",
            y_label="DS weight",
        ),
        histogram(
            "Vote entropy of the questions",
            [("questions", d.entropy_Q, "a")],
            x_label="normalised entropy",
            bins=20,
        ),
        histogram("Completion length", [("candidates", d.num_tokens_C, "a")], x_label="tokens"),
    ]


def _losses(d: Distributions) -> Markup:
    candidates = d.nll_C[np.isfinite(d.nll_C)]
    labelled = d.validation_nll_V[np.isfinite(d.validation_nll_V)]
    if not candidates.size or not labelled.size:
        return histogram(
            "Loss of candidates", [("candidates", candidates, "a")], x_label="mean token loss, nats"
        )
    both = np.concatenate([candidates, labelled])
    edges = np.linspace(both.min(), np.quantile(both, 0.99) + 1e-9, 31)
    middle = (edges[1:] + edges[:-1]) / 2
    series = [
        Series(name, list(middle), list(np.histogram(values, edges)[0] / len(values)), css=css)
        for name, values, css in (("candidates", candidates, "a"), ("labelled rows", labelled, "b"))
    ]
    return lines(
        "Loss of candidates and of labelled rows",
        series,
        x_label="mean token loss, nats",
        y_label="share",
    )


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
