"""`eval-predict items`: which items of a benchmark are hard, dead, or wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from eval_predict.commands.reading import reads_scores, say
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    ScoresPath,
    one_line_errors,
    print_json,
    refuse_to_overwrite,
)
from eval_predict.data.csv_rows import write_csv
from eval_predict.data.readers import ReadOptions, read
from eval_predict.errors import UserError
from eval_predict.items.analysis import ItemReport, analyse_items
from eval_predict.items.chart import write_chart

_SHOWN = 30


@reads_scores
def items(
    scores: ScoresPath,
    options: ReadOptions,
    out: Annotated[Path | None, typer.Option(help="File of all items (CSV).")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="File of a chart (SVG): difficulty and discrimination.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Difficulty, discrimination, fit and agreement of each item, and flags for bad ones.

    never_right, never_wrong: no model or every model has it, so it tells models apart no more.
    negative_discrimination: better models do worse; likely_wrong_key: by more than chance.
    misfit: noisier than an item of its difficulty should be. near_duplicate: the text or all
    answers are those of another item.
    """
    with one_line_errors(as_json, debug):
        for file, suffix in ((out, ".csv"), (plot, ".svg")):
            if file is not None and file.suffix != suffix:
                raise UserError(where=file, got=f'suffix "{file.suffix}"', expected=suffix)
            refuse_to_overwrite(file, [scores])
        reading = read(scores, options)
        reports = analyse_items(reading.matrix)
        if out is not None:
            write_csv(ItemReport, map(_flat, reports), out)
        if plot is not None:
            write_chart(plot, reports, reading.scale.low, reading.scale.high)
        flags = Counter(flag for report in reports for flag in report.flags)
        if as_json:
            records = [_json(report) for report in reports]
            print_json({"items": records, "flags": dict(flags), "reading": reading.to_dict()})
        else:
            say(reading)
            _print(reports, points=reading.scale.is_share)
            counts = ", ".join(f"{name} {count}" for name, count in flags.items()) or "none"
            typer.echo(f"flags: {counts}")
            for file in filter(None, (out, plot)):
                typer.echo(f"written: {file}")


def _json(report: ItemReport) -> dict[str, Any]:
    """A report as JSON takes it: NaN is null."""
    return {
        name: None if isinstance(value, float) and value != value else value
        for name, value in asdict(report).items()
    }


def _flat(report: ItemReport) -> ItemReport:
    from dataclasses import replace

    return replace(
        report,
        flags=" ".join(report.flags),  # type: ignore[arg-type]
        duplicates=" ".join(report.duplicates),  # type: ignore[arg-type]
    )


def _print(reports: Sequence[ItemReport], *, points: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # What is worth a look first: a wrong key, then other flags, then low discrimination.
    order = sorted(
        reports,
        key=lambda report: (
            "likely_wrong_key" not in report.flags,
            not report.flags,
            report.discrimination if report.discrimination == report.discrimination else 2.0,
        ),
    )
    table = Table(
        caption=f"the first {_SHOWN} of {len(reports):,} items; --out has them all"
        if len(reports) > _SHOWN
        else None
    )
    table.add_column("item", overflow="ellipsis", max_width=40, no_wrap=True)
    for column in ("models", "points" if points else "mean", "discrimination", "fit", "agreement"):
        table.add_column(column, justify="right")
    table.add_column("flags")
    for report in order[:_SHOWN]:
        mean = f"{100 * report.mean:.0f}" if points else f"{report.mean:.2f}"
        numbers = (report.discrimination, report.fit)
        table.add_row(
            Text(" ".join(report.item.split())),
            str(report.models),
            mean,
            *("–" if number != number else f"{number:.2f}" for number in numbers),
            "–" if report.agreement != report.agreement else f"{report.agreement:.0%}",
            ", ".join(report.flags),
        )
    console = Console()
    console = console if console.is_terminal else Console(width=140)
    console.print(table)
