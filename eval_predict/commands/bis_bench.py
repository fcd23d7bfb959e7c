"""`eval-predict bis-bench`: how far off estimates from prompts alone are, on real benchmarks."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval_predict.bis.encoder import DEFAULT_EMBEDDER
from eval_predict.commands.bench import progress_bar
from eval_predict.commands.bis import Covariates, Embedder, make_encoder, parse_truncation
from eval_predict.commands.shared import AsJson, Debug, Seed, by_name, one_line_errors, print_json
from eval_predict.errors import UserError

if TYPE_CHECKING:
    from eval_predict.bench.bis_problems import Benchmark
    from eval_predict.bench.bis_protocol import Grid
    from eval_predict.bench.bis_results import BisSummary


def bis_bench(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER…", help="Each with items.parquet and scores.parquet."),
    ],
    out: Annotated[Path, typer.Option(help="File of the rows (CSV).")],
    shift: Annotated[
        str | None,
        typer.Option(help="length, cluster or none: each benchmark is split against itself."),
    ] = None,
    step: Annotated[
        float | None,
        typer.Option(
            min=0.05,
            max=0.95,
            help="Made scores in place of the real ones: 90% right up to this quantile of the "
            "prompts' length, 20% beyond.",
        ),
    ] = None,
    step_on: Annotated[
        str, typer.Option(help="Feature of the step: characters, numbers, sentences, …")
    ] = "characters",
    pool: Annotated[
        bool, typer.Option("--pool", help="Each benchmark from all others together.")
    ] = False,
    density: Annotated[
        str, typer.Option(help="Names with commas (iwae,gmm), or all.")
    ] = "classifier",
    truncate: Annotated[str, typer.Option(help="Percentiles with commas, psis too.")] = "0.9",
    samples: Annotated[str, typer.Option(help="K of the iwae, numbers with commas.")] = "10",
    pca: Annotated[str, typer.Option(help="Components, numbers with commas; 0: all.")] = "32",
    source_size: Annotated[
        str, typer.Option(help="Source items to draw, numbers with commas; 0: all.")
    ] = "0",
    observed: Annotated[
        str, typer.Option(help="Target items whose scores auto is given, numbers with commas.")
    ] = "0",
    embedder: Embedder = DEFAULT_EMBEDDER,
    covariate: Covariates = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs, each with its own seed.")] = 1,
    seed: Seed = 0,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Measure estimates from prompts alone, beside baselines and the sampling error's floor."""
    with one_line_errors(as_json, debug):
        from eval_predict.bench.bis_problems import stepped
        from eval_predict.bench.bis_protocol import run_protocol
        from eval_predict.bench.bis_results import summarise_bis, write_bis_rows

        if not out.absolute().parent.is_dir():
            raise UserError(where=out, got="no such folder", expected="a file that can be written")
        grid = _grid(density, truncate, samples, pca, source_size, observed)
        benchmarks = _benchmarks(folders, tuple(covariate or ()), embedder)
        if step is not None:
            benchmarks = [stepped(benchmark, step, seed, step_on) for benchmark in benchmarks]
        notes: list[str] = []
        with progress_bar() as show:
            rows = list(
                run_protocol(
                    benchmarks,
                    shift,
                    pool,
                    grid,
                    range(seed, seed + seeds),
                    progress=show,
                    note=notes.append,
                )
            )
        if not rows:
            raise UserError(
                field="folders", got="no two of them share a model", expected="some that do"
            )
        write_bis_rows(rows, out)
        summaries = summarise_bis(rows)
        if as_json:
            print_json({"summary": [asdict(row) for row in summaries], "notes": notes})
        else:
            _print_summary(summaries)
            typer.echo(f"{len(rows)} rows: {out}")
        for line in notes:
            typer.echo(line, err=True)


def _grid(
    density: str, truncate: str, samples: str, pca: str, source_size: str, observed: str
) -> "Grid":
    from eval_predict.bench.bis_protocol import Grid
    from eval_predict.bis.ratios import RATIOS

    names = RATIOS if density == "all" else tuple(_parts(density))
    return Grid(
        names,
        tuple(parse_truncation(part) for part in _parts(truncate)),
        tuple(_numbers("--samples", samples, 1)),
        tuple(number or None for number in _numbers("--pca", pca, 0)),
        tuple(number or None for number in _numbers("--source-size", source_size, 0)),
        tuple(_numbers("--observed", observed, 0)),
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _numbers(option: str, text: str, least: int) -> list[int]:
    try:
        numbers = [int(part) for part in _parts(text)]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < least:
        raise UserError(
            where=option, got=f'"{text}"', expected=f"whole numbers from {least} on, with commas"
        )
    return numbers


def _benchmarks(folders: list[Path], columns: tuple[str, ...], embedder: str) -> "list[Benchmark]":
    from eval_predict.bench.bis_problems import Benchmark
    from eval_predict.bis.inputs import read_scored_prompts
    from eval_predict.bis.prompts import Prompts

    encoder = make_encoder(embedder)
    benchmarks = []
    for name, folder in by_name(folders).items():
        table, matrix = read_scored_prompts(folder, columns)
        prompts = Prompts.describe(table.texts, encoder, table.more, str(folder))
        benchmarks.append(Benchmark(name, prompts, matrix))
    return benchmarks


def _print_summary(summaries: "list[BisSummary]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        caption="error in points; ratio: to the source mean's, over all pairs; mean and worst:"
        " of the ratios of single pairs; floor: what sampling of items alone makes"
    )
    for column in ("shift", "method"):
        table.add_column(column, no_wrap=True)
    for column in ("error", "ratio", "mean", "worst", "90% covers", "width", "pairs"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in summaries:
        table.add_row(
            row.shift,
            escape(row.method),
            f"{row.mae:.2f}",
            f"{row.ratio:.3f}",
            f"{row.mean_ratio:.3f}",
            f"{row.worst_ratio:.2f}",
            "" if row.method.startswith("floor") else f"{100 * row.coverage:.1f}%",
            f"{row.width:.1f}",
            str(row.pairs),
        )
    # A file has no width, and a narrow table would cut names.
    Console(width=None if Console().is_terminal else 120).print(table)
