"""The display of a run: tables of rounds, forecasts and time."""

import math
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from eval_predict.stats.estimate import Estimate
from iwsi.commands.diversity import diversity_tables
from iwsi.commands.terminal import printable
from iwsi.commands.times import times
from iwsi.evaluation.target import TargetForecast
from iwsi.rounds.later_forecast import RunForecast
from iwsi.rounds.outcome import result_warning
from iwsi.rounds.reports import RoundSummary, RunSummary
from iwsi.rounds.validation import Validation

PERCENT, POINTS = "{:.1f}%", "{:+.1f}"


def print_summary(console: Console, summary: RunSummary) -> None:
    """The tables at the end of a run: rounds, why candidates were dropped, and time."""
    for part in summary_tables(summary):
        console.print(part, markup=False, highlight=False)


def summary_tables(summary: RunSummary) -> Iterator[Table | str]:
    """The parts that `print_summary` prints."""
    if summary.rounds:
        yield from _rounds(summary)
    if warning := result_warning(summary):
        yield f"warning: {warning}"
    if summary.result:
        adapter = summary.result.adapter
        result_name = f"round {summary.result.round} ({adapter})" if adapter else "the base model"
        yield f"result: {result_name}"
    if summary.next_stage:
        yield f"next: {summary.next_stage}"


def _rounds(summary: RunSummary) -> Iterator[Table | str]:
    yield _rounds_table(summary)
    if any(row.forecast or row.gate for row in summary.rounds):
        yield _forecast_table(summary)
        yield from _forecast_notes(summary)
        yield from _levels(summary)
    yield from _test_lines(summary)
    for row in summary.rounds:
        if row.funnel:
            drops = [f"{reason} {count:,}" for reason, count in row.funnel.dropped.items()]
            yield f"round {row.round} dropped: {', '.join(drops) or 'nothing'}"
    yield from _pair_lines(summary)
    for row in summary.rounds:
        if row.audit and row.audit.accuracy:
            right = interval(row.audit.accuracy, PERCENT)
            yield (
                f"round {row.round}: the vote is right on {right} of {row.audit.voted:,} "
                f"labelled rows with a majority ({row.audit.rows:,} were sampled)"
            )
    yield from diversity_tables(summary)
    for row in summary.rounds:
        if row.train and row.train.too_long:
            yield f"round {row.round}: {row.train.too_long:,} kept samples too long to train on"
        if row.train and row.train.replayed:
            yield f"round {row.round}: {row.train.replayed:,} samples were mixed in (train.replay)"
    yield from times(summary)


def _test_lines(summary: RunSummary) -> Iterator[str]:
    """Texts without an answer, cut off, and frequent; accuracy alone hides a constant answer."""
    start = [summary.start] if summary.start else []
    for row in (*start, *summary.rounds):
        if row.answers is None:
            continue
        answers = row.answers
        name = f"round {row.round}" if row.round else _name(summary, row)
        parts = [f"{answers.unreadable / answers.items:.1%} without a readable answer"]
        if answers.cut_off is not None:
            parts.append(f"{answers.cut_off / answers.items:.1%} cut off")
        frequent = ", ".join(f"{printable(text)} × {count:,}" for text, count in answers.frequent)
        parts.append(f"most frequent of {answers.items:,}: {frequent or 'none'}")
        yield f"test of {name}: {', '.join(parts)}"


def _levels(summary: RunSummary) -> Iterator[str]:
    """A line that names both levels, where intervals of two levels are on one screen."""
    levels = {row.forecast.level for row in summary.rounds if row.forecast} - {summary.level}
    if levels and any(row.accuracy for row in summary.rounds):
        yield f"full tests have {summary.level:.0%} intervals, forecasts {max(levels):.0%}"


def _pair_lines(summary: RunSummary) -> Iterator[str]:
    for row in summary.rounds:
        if row.pairs is None:
            continue
        found = row.pairs
        without = [f"{reason} {count:,}" for reason, count in found.without_pair.items()]
        unused = [f"{reason} {count:,}" for reason, count in found.dropped.items()]
        yield (
            f"round {row.round}: {found.pairs:,} pairs from {found.paired:,} of "
            f"{found.questions:,} questions; questions without a clear pair: "
            f"{', '.join(without) or 'none'}; candidates in no pair: {', '.join(unused) or 'none'}"
        )


def _rounds_table(summary: RunSummary) -> Table:
    title = (
        f"{escape(summary.task)}: greedy accuracy on the held-out test set, "
        f"{summary.level:.0%} intervals"
    )
    table = Table(title=title)
    table.add_column("round")
    for heading in ("sampled", "answered", "majority", "kept"):
        table.add_column(heading, justify="right")
    for heading in ("before", "after", "points over base"):
        table.add_column(heading, justify="right")
    before: Estimate | None = None
    start = [summary.start] if summary.start else []
    for row in (*start, *summary.rounds):
        table.add_row(
            _name(summary, row),
            *_counts(row),
            interval(before, PERCENT),
            interval(row.accuracy, PERCENT),
            interval(row.gain, POINTS),
        )
        before = row.accuracy
    return table


def _counts(row: RoundSummary) -> list[str]:
    funnel = row.funnel
    if funnel is None:
        return ["–"] * 4
    return [f"{n:,}" for n in (funnel.sampled, funnel.answered, funnel.majority, funnel.kept)]


def _forecast_table(summary: RunSummary) -> Table:
    levels = [row.forecast.level for row in summary.rounds if row.forecast]
    level = f", {levels[0]:.0%} intervals" if levels else ""
    table = Table(title=f"forecast from a part of the test set{level}, gains in points")
    table.add_column("round")
    base = "over warm start" if summary.start else "over base"
    headings = ("items", "score", "over previous", base, "full test (error)", "gate")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "gate" else "right")
    start = [summary.start] if summary.start else []
    for row in (*start, *summary.rounds):
        forecast, gate = row.forecast, row.gate
        if not forecast and not gate:
            continue
        table.add_row(
            _name(summary, row),
            f"{forecast.items_run:,}/{forecast.items:,}" if forecast else "–",
            interval(forecast.score if forecast else None, PERCENT),
            interval(forecast.gain_over_previous if forecast else None, POINTS),
            interval(forecast.gain_over_base if forecast else None, POINTS),
            _truth(row),
            "–" if gate is None else "passed" if gate.passed else "failed",
        )
    table.caption = (
        "Each row uses only what was measured up to that round; the gate looks at each round "
        "separately."
    )
    return table


def _truth(row: RoundSummary) -> str:
    """The full test's score, where there was one, and how far the forecast was from it."""
    if row.accuracy is None:
        return "–"
    truth = f"{100 * row.accuracy.value:.1f}%"
    error = row.forecast_error
    return f"{truth} ({100 * error.score:+.1f})" if error and error.score is not None else truth


def _forecast_notes(summary: RunSummary) -> Iterator[str]:
    for row in summary.rounds:
        lines = [f"gate: {row.gate.reason}"] if row.gate else []
        if row.forecast:
            lines += _target_lines(row.forecast.target)
            lines += [f"warning: {warning}" for warning in row.forecast.warnings]
        name = f"round {row.round}" if row.round else _name(summary, row)
        yield from (f"{name}: {line}" for line in lines)


def print_forecast(console: Console, forecast: RunForecast) -> None:
    """One forecast, as `iwsi forecast` shows it."""
    report = forecast.report
    lines = [
        f"round {report.round}, {report.items_run:,} of {report.items:,} test items "
        f"({report.stopped}), {report.level:.0%} intervals",
        f"score: {interval(report.score, PERCENT)}",
        f"gain over previous: {interval(report.gain_over_previous, POINTS)} points",
        f"gain over base: {interval(report.gain_over_base, POINTS)} points",
        *_target_lines(report.target),
        *(f"warning: {warning}" for warning in report.warnings),
    ]
    if report.history_models:
        lines.append(f"history: {report.history_models} other models on the same items")
    if forecast.truth is not None and forecast.error is not None:
        truth, error = 100 * forecast.truth, 100 * forecast.error
        lines.append(f"full test: {truth:.1f}% (the forecast was off by {error:+.1f} points)")
    lines.append(f"kept in {forecast.path}")
    for line in lines:
        _line(console, line)


def _target_lines(target: TargetForecast | None) -> list[str]:
    if target is None:
        return []
    line = (
        f"on {target.items:,} prompts without answers, by {target.score.method} from "
        f"their texts: {interval(target.score, PERCENT)}"
    )
    if target.gain_over_base:
        line += f", gain over base {interval(target.gain_over_base, POINTS)}"
    return [line, *(f"warning on those prompts: {text}" for text in target.score.warnings)]


def interval(estimate: Estimate | None, form: str, unit: float = 1.0) -> Text:
    """Value and bounds in hundredths of a unit; a bound that the data do not give is a question."""
    if estimate is None:
        return Text("–")
    value, low, high = (
        form.format(100 * unit * number) if math.isfinite(number) else "?"
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return Text(f"{value} [{low}, {high}]")


def _name(summary: RunSummary, row: RoundSummary) -> str:
    if row.round:
        return str(row.round)
    return "warm start" if summary.start and row is not summary.start else "base"


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)


def _left_out(dropped: Mapping[str, Mapping[str, int]]) -> str:
    """The counts as text, e.g. `train: 2 also in test, 1 without a question; test: 1 repeated`."""
    parts = [
        f"{split}: " + ", ".join(f"{count:,} {reason}" for reason, count in counts.items())
        for split, counts in dropped.items()
        if counts
    ]
    return "; ".join(parts) or "nothing"


def print_validation(console: Console, report: Validation) -> None:
    """Print the result of `iwsi validate`."""
    table = Table(show_header=False, box=None)
    rows = ", ".join(f"{name} {count:,}" for name, count in report.rows.items())
    parts = ", ".join(f"{cost.work} {cost.seconds / 60:.1f}" for cost in report.costs)
    measured, works = set(report.rates_measured), {cost.work for cost in report.costs}
    basis = "rates of this machine" if measured >= works else "estimated; --measure times the model"
    duration = f"roughly {report.estimated_seconds / 60:.0f} min in all ({basis}): {parts}"
    memory = ", ".join(f"{cost.work} {cost.memory_gib:.1f}" for cost in report.costs)
    lines = {
        "rows": rows,
        "left out": _left_out(report.dropped),
        "engine": report.engine,
        "parameters": f"{report.parameters:,}",
        "longest prompt": f"{report.prompt_tokens} tokens of {report.context_limit}",
        "mean rationale": f"{report.rationale_tokens} tokens",
        "tokens per round": f"sampled {report.sampled_tokens:,}, scored {report.scored_tokens:,}, "
        f"trained {report.trained_tokens:,}, tested {report.tested_tokens:,}",
        "time": duration,
        "memory": f"GiB, at most: {memory}",
        "disk": str(report.disk),
        **report.evaluation,
        "a training prompt": report.prompt,
        "a validation rationale": report.rationale,
        "a test gold answer": report.gold,
    }
    for name, text in lines.items():
        table.add_row(name, Text(text))
    console.print(table)
    for note in report.notes:
        console.print(note, markup=False, highlight=False)
    for warning in report.warnings:
        console.print(f"warning: {warning}", markup=False)
    console.print("the recipe is valid")
