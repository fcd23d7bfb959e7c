"""`eval-predict gain-bench`: how well forecasts from a few items predict a round's gain."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval_predict.commands.bench import progress_bar
from eval_predict.commands.items import parse_budget
from eval_predict.commands.reading import reads_scores
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    Seed,
    by_name,
    one_line_errors,
    print_json,
    refuse_to_overwrite,
)
from eval_predict.data.readers import ReadOptions
from eval_predict.data.score_files import read_matrix
from eval_predict.errors import UserError

if TYPE_CHECKING:
    from eval_predict.bench.gain_results import GainRow


@reads_scores
def gain_bench(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Tables of scores of related models, or runs."),
    ],
    options: ReadOptions,
    out: Annotated[Path | None, typer.Option(help="File of the rows (CSV).")] = None,
    budget: Annotated[
        str, typer.Option(help="Items a round (50), or a share of all (0.1); 5 at least.")
    ] = "0.1",
    repeats: Annotated[
        int, typer.Option(min=1, help="Sequences a base model, or draws a run.")
    ] = 1,
    shuffled: Annotated[
        bool, typer.Option("--shuffled", help="Put the models after the weakest in random order.")
    ] = False,
    worlds: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated: loses_3, loses_5, loses_9 (points of answers lost), topic (a "
            "gain on one topic only), no_gain, real; all by default."
        ),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Measure forecasts on pseudo rounds: models of one base model, the weakest first.

    Under `every` each earlier round was run in full, under `final` the base alone. The history is
    the models of other base models. The rounds of a run are used as they are. In worlds other than
    `real` a made round follows some real ones, and it alone is forecast.
    """
    with one_line_errors(as_json, debug):
        from eval_predict.bench.gain_results import write_gain_rows
        from eval_predict.bench.gain_rounds import run_gain_bench
        from eval_predict.bench.gain_worlds import WORLDS

        if out is not None:
            if not out.absolute().parent.is_dir():
                raise UserError(where=out, got="no such folder", expected="a place for a file")
            refuse_to_overwrite(out, files)
        matrices = {
            name: read_matrix(file, options=options) for name, file in by_name(files).items()
        }
        with progress_bar() as show:
            rows = run_gain_bench(
                matrices,
                budget=parse_budget(budget),
                seed=seed,
                repeats=repeats,
                rising=not shuffled,
                worlds=tuple(WORLDS) if worlds is None else tuple(worlds.split(",")),
                progress=show,
            )
        if out is not None:
            write_gain_rows(rows, out)
        if as_json:
            print_json({"rows": [asdict(row) for row in rows]})
        else:
            _print_rows(rows)


def _print_rows(rows: "list[GainRow]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        caption="mae: of the gain, in points; ratio: by paired_sample's; passed, failed: gains"
        " above 2 points that pass the gate, losses above 2 points that fail; pass: all"
        " rounds that pass."
    )
    for column in ("benchmark", "world", "test", "history", "method"):
        table.add_column(column, no_wrap=True)
    for column in ("mae prev", "ratio", "covers", "mae base", "ratio", "covers"):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("passed", "failed", "pass", "sign", "rounds"):
        table.add_column(column, justify="right", no_wrap=True)
    before = None
    for row in rows:
        setting = (row.benchmark, row.world, row.test, row.history)
        if before not in (None, setting):
            table.add_section()
        before = setting
        table.add_row(
            escape(row.benchmark),
            row.world,
            row.test,
            "yes" if row.history else "no",
            row.method,
            f"{row.mae_previous:.2f}",
            _number(row.ratio_previous),
            f"{100 * row.coverage_previous:.0f}%",
            f"{row.mae_base:.2f}",
            _number(row.ratio_base),
            f"{100 * row.coverage_base:.0f}%",
            _share(row.passed, row.gains),
            _share(row.failed, row.losses),
            f"{100 * row.passed_all:.0f}%",
            f"{100 * row.sign:.0f}%",
            str(row.rounds),
        )
    console = Console()
    # A file has no width, and a narrow table would cut names.
    console = console if console.is_terminal else Console(width=160)
    console.print(table)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _share(share: float | None, count: int) -> str:
    return "" if share is None else f"{100 * share:.0f}% of {count}"
