"""Commands that run a recipe, or look at a run."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from eval_predict.errors import UserError
from iwsi.commands.arguments import Overrides, Quiet, RecipePath, Verbose, shown_level
from iwsi.commands.terminal import AsJson, Debug, errors, print_json, wide_console
from iwsi.recipe import ForecastMethod
from iwsi.recipe.load import load_recipe

if TYPE_CHECKING:
    from iwsi.rounds.deadline import Deadline

# EX_TEMPFAIL of sysexits.h: nothing is wrong, and the same command goes on.
OUT_OF_TIME = 75


def run(
    recipe: Annotated[
        Path, typer.Argument(metavar="RECIPE|RUN", help="A recipe in YAML, or a run to go on with.")
    ],
    overrides: Overrides = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where the run is kept; default: runs/<recipe's name>.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(help="Stop after this stage: the next select, or such as 2/train."),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Repeat stages that a change affects."),
    ] = False,
    donors: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="RUN", help="Take over equal stages of this run."),
    ] = None,
    max_hours: Annotated[
        float | None,
        typer.Option(help="End before the first stage that would not finish in so many hours."),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Sample, vote, weigh, select, train and test, round by round; goes on where it stopped."""
    with errors(as_json, debug):
        from iwsi.commands.display import print_summary
        from iwsi.commands.progress import RunDisplay
        from iwsi.rounds.loop import run_recipe
        from iwsi.rounds.run_dir import run_target

        deadline = _deadline(max_hours)
        source, root = run_target(recipe, run_dir)
        resolved = load_recipe(source, overrides or [])
        console = wide_console(stderr=as_json)
        with RunDisplay(console, shown_level(quiet, verbose)) as display:
            summary = run_recipe(
                resolved,
                root,
                display,
                until=until,
                overwrite=yes,
                donors=donors or [],
                deadline=deadline,
            )
        if as_json:
            print_json(summary)
        else:
            print_summary(console, summary)
            last = max((row.round for row in summary.rounds), default=0)
            if summary.next_stage is None and last < resolved.rounds:
                typer.echo(
                    f"the gate ended the run after round {last} of {resolved.rounds}; "
                    f"`iwsi run {root} gate=null` goes on without it"
                )
            typer.echo(f"run directory: {root}")
        write_page(root)
    if deadline is not None and deadline.stopped_before:
        typer.echo(
            f"--max-hours ends the run before {deadline.stopped_before}; "
            f"`iwsi run {root}` goes on from here",
            err=True,
        )
        raise typer.Exit(OUT_OF_TIME)


def _deadline(hours: float | None) -> "Deadline | None":
    from iwsi.rounds.deadline import Deadline

    if hours is None:
        return None
    if not 0 < hours < math.inf:
        raise UserError(
            field="--max-hours", got=f"{hours:g}", expected="hours above 0, such as 3.5"
        )
    return Deadline(3600 * hours)


def status(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The tables of a run so far, and its next stage."""
    with errors(as_json, debug):
        from iwsi.commands.display import print_summary
        from iwsi.rounds.damage import explaining_damage
        from iwsi.rounds.ledger import Ledger
        from iwsi.rounds.run_dir import read_recipe
        from iwsi.rounds.summary import summarise

        root = run.resolve()
        with explaining_damage(root):
            summary = summarise(root, read_recipe(root), Ledger(root))
        if as_json:
            print_json(summary)
        else:
            print_summary(wide_console(), summary)


def forecast(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    number: Annotated[
        int | None, typer.Option("--round", help="Which round; default: the last trained.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Test items: a share below 1, else their number.")
    ] = None,
    method: Annotated[
        ForecastMethod | None, typer.Option(help="Estimator, as in `eval-predict gain-bench`.")
    ] = None,
    history: Annotated[
        list[Path] | None,
        typer.Option(
            help="Other models on the test items: a score file, harness logs, an earlier run. May"
            " be given several times."
        ),
    ] = None,
    upcoming: Annotated[
        bool,
        typer.Option("--next", help="Forecast the next round's gain; --history names other runs."),
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Estimate what a round gained from a part of the test set; the run is not changed."""
    with errors(as_json, debug):
        if upcoming:
            _forecast_next(run.resolve(), number, budget, method, history or [], as_json)
            return
        from iwsi.commands.display import print_forecast
        from iwsi.commands.progress import RunDisplay
        from iwsi.rounds.damage import explaining_damage
        from iwsi.rounds.later_forecast import ForecastRequest, forecast_run

        request = ForecastRequest(number, budget, method, tuple(history or ()))
        root = run.resolve()
        with (
            explaining_damage(root),
            RunDisplay(Console(stderr=True), shown_level(quiet, verbose)) as display,
        ):
            result = forecast_run(root, request, display)
        if as_json:
            print_json(result)
        else:
            print_forecast(wide_console(), result)


def _forecast_next(
    root: Path,
    number: int | None,
    budget: float | None,
    method: ForecastMethod | None,
    others: list[Path],
    as_json: bool,
) -> None:
    from iwsi.commands.next_round import print_next
    from iwsi.rounds.damage import explaining_damage
    from iwsi.rounds.next_round import forecast_next

    for option, value in (("--round", number), ("--budget", budget), ("--method", method)):
        if value is not None:
            raise UserError(
                field=option,
                got=f"{value}, beside --next",
                expected="--next and --history alone",
                fix="Leave this option out, because --next runs no test items.",
            )
    with explaining_damage(root):
        result = forecast_next(root, others)
    if as_json:
        print_json(result)
    else:
        print_next(Console(), result)


def study(
    recipe: RecipePath,
    overrides: Overrides = None,
    filters: Annotated[
        str, typer.Option(help="Filters to compare, such as lmsi,entropy,iwsi,oracle.")
    ] = "lmsi,iwsi",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds.")] = 5,
    first_seed: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    sweep: Annotated[
        str | None,
        typer.Option(metavar="KEY=V1,V2,…", help="A key to vary, such as filter.keep=0.5,0.8."),
    ] = None,
    objectives: Annotated[
        str | None,
        typer.Option(help="Objectives to compare, such as sft,dpo,sft+dpo; default: the recipe's."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where a row each arm goes: .csv, .jsonl or .parquet.")
    ] = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where runs are kept; default: runs/<recipe's name>-study.")
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare filters over seeds, one round each, from shared samples; goes on where it stopped."""
    with errors(as_json, debug):
        from iwsi.commands.progress import RunDisplay
        from iwsi.commands.study import print_study
        from iwsi.rounds.validation import validate as check
        from iwsi.study.arms import arms_of
        from iwsi.study.cost import study_cost
        from iwsi.study.run import run_study
        from iwsi.tables.files import check_out, write_rows_file

        if out is not None:
            check_out(out, [recipe])
        names = [name.strip() for name in filters.split(",") if name.strip()]
        numbers = range(first_seed, first_seed + seeds)
        trained_by = [name.strip() for name in (objectives or "").split(",") if name.strip()]
        arms = arms_of(recipe, overrides or [], names, numbers, sweep, trained_by)
        root = (run_dir or Path("runs") / f"{recipe.stem}-study").resolve()
        console = wide_console(stderr=as_json)
        cost = study_cost(arms, check(arms[0].recipe))  # refuses what a run would refuse
        console.print(str(cost), markup=False, highlight=False)
        with RunDisplay(console, shown_level(quiet, verbose)) as display:
            result = run_study(
                arms,
                root,
                display,
                begin=lambda arm: console.print(
                    f"seed {arm.seed}, {arm.name}", markup=False, highlight=False
                ),
                keep=lambda rows: write_rows_file(out, rows) if out is not None else None,
            )
        if as_json:
            print_json(result)
        else:
            print_study(console, result)
            typer.echo(f"run directories: {root}")


def write_page(root: Path) -> None:
    """The page of a run that has just ended; a page that cannot be made is only a warning."""
    from iwsi.commands.report import write_report

    try:
        target, _ = write_report([root])
    except (UserError, OSError) as error:
        typer.echo(f"warning: no report: {error}", err=True)
    else:
        typer.echo(f"report: {target}", err=True)
