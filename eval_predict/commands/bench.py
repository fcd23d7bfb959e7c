"""`eval-predict bench`: runs every method on every benchmark and compares them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from eval_predict.bench.parallel import run_jobs
from eval_predict.bench.results import (
    BASELINE,
    BenchSummary,
    summarise,
    worst_first,
    write_rows,
)
from eval_predict.bench.runner import Progress
from eval_predict.bench.worlds import FAMILIES, WORLDS
from eval_predict.commands.items import parse_budget
from eval_predict.commands.reading import Cluster, reads_scores
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    Seed,
    by_name,
    method_named,
    one_line_errors,
    print_json,
    refuse_to_overwrite,
)
from eval_predict.data.readers import ReadOptions, read
from eval_predict.errors import UserError
from eval_predict.methods import METHODS


@reads_scores
def bench(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Tables of scores, one a benchmark.")
    ],
    out: Annotated[Path, typer.Option(help="File of the rows (CSV).")],
    options: ReadOptions,
    methods: Annotated[
        str, typer.Option(help="Names with commas; fast: all but the slow ones; all: all.")
    ] = "fast",
    budget: Annotated[
        list[str] | None,
        typer.Option(help="Items (50), or a share of all (0.1). May be given several times."),
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            help=f"Names with commas; all: {', '.join(WORLDS)}. {', '.join(FAMILIES)} select all"
            " of their kind."
        ),
    ] = "all",
    repeats: Annotated[int, typer.Option(min=1, help="Draws of each split.")] = 3,
    seed: Seed = 0,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; one for each core if not given.")
    ] = None,
    cluster: Cluster = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare the methods: how far each is off, and whether its interval holds.

    Errors are given as multiples of random sampling's, which is always included. Splits come in
    falling order of error: the situations that methods fail in come first.
    """
    with one_line_errors(as_json, debug):
        method_names = _methods(methods)
        if not out.absolute().parent.is_dir():
            raise UserError(where=out, got="no such folder", expected="a file that can be written")
        refuse_to_overwrite(out, files)
        if out.suffix != ".csv":
            raise UserError(where=out, got=f'suffix "{out.suffix}"', expected=".csv")
        options = replace(options, cluster=cluster)
        readings = {name: read(file, options) for name, file in by_name(files).items()}
        matrices = {name: reading.matrix for name, reading in readings.items()}
        with progress_bar() as show:
            rows, notes, failures = run_jobs(
                matrices,
                method_names,
                list(dict.fromkeys(parse_budget(text) for text in budget or ["50"])),
                _splits(split),
                repeats,
                seed,
                # A traceback is lost between processes.
                0 if debug else jobs or os.cpu_count() or 1,
                show,
                {name: reading.clusters for name, reading in readings.items() if reading.clusters},
            )
        needed = [name for name in _splits(split) if name in FAMILIES or WORLDS[name].share is None]
        if needed and not any(row.benchmark in matrices for row in rows):
            raise UserError(
                where="bench",
                got="no result: " + "; ".join((notes + failures)[:3]),
                expected="a table of at least 6 models with all their scores",
            )
        write_rows(rows, out)
        summaries = worst_first(summarise(rows))
        if as_json:
            records = {
                "rows": [asdict(row) for row in rows],
                "summary": [asdict(row) for row in summaries],
            }
            print_json({**records, "notes": notes, "failures": failures})
        else:
            _print_summary(summaries)
            typer.echo(f"{len(rows)} rows: {out}")
        for line in notes + failures:
            typer.echo(" ".join(line.split()), err=True)
    if failures:
        raise typer.Exit(1)


def _methods(text: str) -> list[str]:
    names = {BASELINE: None}
    for name in filter(None, (part.strip() for part in text.split(","))):
        if name == "all":
            names |= dict.fromkeys(METHODS)
        elif name == "fast":
            names |= dict.fromkeys(name for name, method in METHODS.items() if not method.slow)
        else:
            method_named(name, "--methods")
            names[name] = None
    return list(names)


def _splits(text: str) -> list[str]:
    names = [name for name in (part.strip() for part in text.split(",")) if name]
    return [*WORLDS] if "all" in names else list(dict.fromkeys(names))


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None] | None]:
    """The display of a run's progress on stderr, or None where that is no terminal."""
    # rich is slow to import, and nobody watches a file.
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Bar(*columns, TextColumn("{task.description}"), console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(progress: Progress) -> None:
            bar.update(
                task,
                completed=progress.done,
                total=progress.total,
                description=progress.label,
            )

        yield show


def _print_summary(summaries: list[BenchSummary]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        caption=f"ratio: error by {BASELINE}'s expected one; bias and width in points; score:"
        f" interval score by {BASELINE}'s. Means over as many benchmarks as `of`."
    )
    for column in ("split", "budget", "method"):
        table.add_column(column, no_wrap=True)
    for column in ("ratio", "bias", "95% covers", "worst", "width", "score", "of"):
        table.add_column(column, justify="right", no_wrap=True)
    before = None
    for row in summaries:
        if before not in (None, (row.split, row.budget)):
            table.add_section()
        before = (row.split, row.budget)
        numbers = (
            _shown(row.mae_ratio, ".3f"),
            f"{row.bias:+.2f}",
            _shown(row.coverage, ".1%"),
            _shown(row.worst_coverage, ".1%"),
            _shown(row.width, ".2f"),
            _shown(row.score_ratio, ".3f"),
            str(row.benchmarks),
        )
        table.add_row(row.split, f"{row.budget:g}", row.method, *numbers)
    console = Console()
    if not console.is_terminal:
        # A file has no width, and a narrow table would cut names.
        console = Console(width=120)
    console.print(table)


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
