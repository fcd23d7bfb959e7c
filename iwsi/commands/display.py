"""What a person sees of a run: progress bars while it works, tables when it is done."""

import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from iwsi.commands.times import print_times
from iwsi.commands.validate import Report

# Where there is no terminal a line is printed instead of a bar, at most this often.
SECONDS_BETWEEN_LINES = 15.0


class RunDisplay:
    """A progress bar per stage on a terminal; elsewhere a line now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:<16}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task: Any = None
        self._stage = ""
        self._last_line = 0.0
        self._skipped = 0

    def __enter__(self) -> "RunDisplay":
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
        if self._skipped and error is None:
            stages = "stages were" if self._skipped > 1 else "stage was"
            self._print(f"{self._skipped} {stages} done before")

    def begin(self, stage: str) -> None:
        """A stage starts; how much there is to do is not known yet."""
        self._stage, self._last_line = stage, time.monotonic()
        self._task = self._bars.add_task(stage, total=None)

    def progress(self, done: int, total: int) -> None:
        """How far the stage is."""
        if self._task is not None:
            self._bars.update(self._task, completed=done, total=total)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last_line > SECONDS_BETWEEN_LINES:
            self._last_line = now
            self._print(f"  {self._stage} {done}/{total}")

    def end(self, stage: str, seconds: float) -> None:
        """The stage is done."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        self._print(f"{stage:<16} done in {seconds:.1f} s")

    def skip(self, stage: str) -> None:
        """The stage was done by an earlier start of the same command."""
        self._skipped += 1

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False)


def print_summary(console: Console, summary: dict[str, Any]) -> None:
    """The tables at the end of a run: rounds, why candidates were dropped, and time."""
    rounds = summary["rounds"]
    if rounds:
        _print_rounds(console, summary)
    if summary["result"]:
        number, adapter = summary["result"]["round"], summary["result"]["adapter"]
        what = f"round {number} ({adapter})" if adapter else "the base model"
        console.print(f"result: {what}", markup=False, highlight=False)
    if summary["next_stage"]:
        console.print(f"next: {summary['next_stage']}", markup=False, highlight=False)


def _print_rounds(console: Console, summary: dict[str, Any]) -> None:
    rounds = summary["rounds"]
    console.print(_rounds_table(summary))
    if any(entry["forecast"] or entry["gate"] for entry in rounds):
        console.print(_forecast_table(summary))
        _print_forecast_notes(console, summary)
    drops = [(r["round"], r["funnel"]["dropped"]) for r in rounds if r["funnel"]]
    for number, dropped in drops:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in dropped.items()) or "nothing"
        console.print(f"round {number} dropped: {reasons}", markup=False, highlight=False)
    too_long = [(r["round"], r["train"]["too_long"]) for r in rounds if r["train"]]
    for number, count in too_long:
        if count:
            console.print(f"round {number}: {count:,} kept samples too long to train on")
    print_times(console, summary)


def _rounds_table(summary: dict[str, Any]) -> Table:
    level = f"{summary['level']:.0%}"
    title = (
        f"{escape(summary['task'])}: greedy accuracy on the held-out test set, {level} intervals"
    )
    table = Table(title=title)
    table.add_column("round")
    for heading in ("sampled", "answered", "majority", "kept"):
        table.add_column(heading, justify="right")
    for heading in ("before", "after", "points over base"):
        table.add_column(heading, justify="right")
    before: dict[str, Any] | None = None
    for entry in summary["rounds"]:
        funnel = entry["funnel"] or {}
        counts = [
            f"{funnel[key]:,}" if funnel else "–"
            for key in ("sampled", "answered", "majority", "kept")
        ]
        name = str(entry["round"]) if entry["round"] else "base"
        table.add_row(
            name,
            *counts,
            interval(before, "{:.1f}%"),
            interval(entry["accuracy"], "{:.1f}%"),
            interval(entry["gain"], "{:+.1f}"),
        )
        before = entry["accuracy"]
    return table


def _forecast_table(summary: dict[str, Any]) -> Table:
    forecasts = [entry["forecast"] for entry in summary["rounds"] if entry["forecast"]]
    level = f", {forecasts[0]['level']:.0%} intervals" if forecasts else ""
    table = Table(title=f"forecast from a part of the test set{level}, gains in points")
    table.add_column("round")
    headings = ("items", "score", "over previous", "over base", "full test (error)", "gate")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "gate" else "right")
    for entry in summary["rounds"]:
        said, gate = entry["forecast"], entry["gate"]
        if not said and not gate:
            continue
        said = said or {}
        table.add_row(
            str(entry["round"]) if entry["round"] else "base",
            f"{said['items_run']:,}/{said['items']:,}" if said else "–",
            interval(said.get("score"), "{:.1f}%"),
            interval(said.get("gain_over_previous"), "{:+.1f}"),
            interval(said.get("gain_over_base"), "{:+.1f}"),
            _truth(entry),
            "–" if gate is None else "passed" if gate["passed"] else "failed",
        )
    table.caption = "each row is told with what was known by then; the gate looks at a round alone"
    return table


def _truth(entry: dict[str, Any]) -> str:
    """The full test's score, where there was one, and how far the forecast was from it."""
    if entry["accuracy"] is None:
        return "–"
    truth = f"{100 * entry['accuracy']['value']:.1f}%"
    errors = entry["forecast_error"]
    return f"{truth} ({100 * errors['score']:+.1f})" if errors else truth


def _print_forecast_notes(console: Console, summary: dict[str, Any]) -> None:
    for entry in summary["rounds"]:
        lines = [f"gate: {entry['gate']['reason']}"] if entry["gate"] else []
        said = entry["forecast"] or {"warnings": [], "target": None}
        if said["target"]:
            lines += _target_lines(said["target"])
        lines += [f"warning: {warning}" for warning in said["warnings"]]
        name = f"round {entry['round']}" if entry["round"] else "base"
        for line in lines:
            console.print(f"{name}: {line}", markup=False, highlight=False)


def print_forecast(console: Console, told: dict[str, Any]) -> None:
    """One forecast, as `iwsi forecast` shows it."""
    gains = [(part, told[part]) for part in ("gain_over_previous", "gain_over_base")]
    lines = [
        f"round {told['round']}, {told['items_run']:,} of {told['items']:,} test items "
        f"({told['stopped']}), {told['level']:.0%} intervals",
        f"score: {interval(told['score'], '{:.1f}%')}",
        *(f"{name.replace('_', ' ')}: {interval(gain, '{:+.1f}')} points" for name, gain in gains),
        *(_target_lines(told["target"]) if told["target"] else ()),
        *(f"warning: {warning}" for warning in told["warnings"]),
    ]
    if told["history_models"]:
        lines.append(f"history: {told['history_models']} other models on the same items")
    if told["truth"] is not None:
        truth, error = 100 * told["truth"], 100 * told["error"]
        lines.append(f"full test: {truth:.1f}% (the forecast was off by {error:+.1f} points)")
    lines.append(f"kept in {told['path']}")
    for line in lines:
        console.print(line, markup=False, highlight=False)


def _target_lines(target: dict[str, Any]) -> list[str]:
    told = (
        f"on {target['items']:,} prompts without answers, by {target['score']['method']} from "
        f"their texts: {interval(target['score'], '{:.1f}%')}"
    )
    if target["gain_over_base"]:
        told += f", gain over base {interval(target['gain_over_base'], '{:+.1f}')}"
    warnings = target["score"]["warnings"]
    return [told, *(f"warning on those prompts: {warning}" for warning in warnings)]


def interval(estimate: dict[str, Any] | None, form: str) -> Text:
    """Value and bounds in percent or points; a bound that the data do not give is a question."""
    if estimate is None:
        return Text("–")
    value, low, high = (
        "?" if estimate[key] is None else form.format(100 * estimate[key])
        for key in ("value", "low", "high")
    )
    return Text(f"{value} [{low}, {high}]")


def print_report(console: Console, report: Report) -> None:
    """What `iwsi validate` found."""
    table = Table(show_header=False, box=None)
    rows = ", ".join(f"{name} {count:,}" for name, count in report.rows.items())
    duration = (
        f"roughly {report.estimated_seconds / 60:.0f} min on this machine, all rounds"
        if report.estimated_seconds is not None
        else "unknown: the model's size cannot be told from here"
    )
    lines = {
        "rows": rows,
        "left out": ", ".join(f"{k} {v}" for k, v in report.dropped.items()) or "none",
        "engine": report.engine,
        "parameters": f"{report.parameters:,}" if report.parameters else "unknown",
        "longest prompt": f"{report.prompt_tokens} tokens of {report.context_limit}",
        "mean rationale": f"{report.rationale_tokens} tokens",
        "tokens per round": f"sampled {report.sampled_tokens:,}, scored {report.scored_tokens:,}, "
        f"trained {report.trained_tokens:,}, tested {report.tested_tokens:,}",
        "time": duration,
        "a training prompt": report.prompt,
        "a validation rationale": report.rationale,
        "a test gold answer": report.gold,
    }
    for name, text in lines.items():
        table.add_row(name, Text(text))
    console.print(table)
    for warning in report.warnings:
        console.print(f"warning: {warning}", markup=False)
    console.print("the recipe is valid")
