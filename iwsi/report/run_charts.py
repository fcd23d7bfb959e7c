"""The charts of a run's page: those over all rounds, and those of one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from eval_predict.report.charts import Series, histogram, lines, scatter
from iwsi.audit.report import AuditReport
from iwsi.report.data import Distributions, Round


def overview_charts(rounds: Sequence[Round]) -> list[Markup]:
    """Accuracy, shares of what was sampled, and diversity, by round."""
    tested = accuracy_series(rounds, "full test (95%)", "a")
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


def accuracy_series(rounds: Sequence[Round], name: str, css: str) -> Series:
    """The full tests of a run, with their intervals."""
    tests = [(row.number, row.test.accuracy) for row in rounds if row.test is not None]
    return Series(
        name,
        [number for number, _ in tests],
        [estimate.value for _, estimate in tests],
        [estimate.low for _, estimate in tests],
        [estimate.high for _, estimate in tests],
        css,
    )


def round_charts(data: Round) -> list[Markup]:
    """The charts of one round: its audit, its candidates and its training, where it has them."""
    charts = [_audit_chart(data.audit)] if data.audit else []
    if data.distributions is not None:
        charts += _candidate_charts(data.distributions)
    if data.training:
        steps, losses = zip(*data.training, strict=True)
        charts.append(
            lines("Training loss", [Series("loss", steps, losses)], x_label="step", y_label="loss")
        )
    return [chart for chart in charts if chart]


def _by_round(
    name: str, measured: Sequence[tuple[int, Distributions]], value: Any, css: str
) -> Series:
    return Series(name, [n for n, _ in measured], [float(value(d)) for _, d in measured], css=css)


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
