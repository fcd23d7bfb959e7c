"""`iwsi evaluate`: the base and the result on public benchmarks, by lm-evaluation-harness."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval_predict.errors import UserError
from iwsi.commands.terminal import AsJson, Debug, errors, print_json, wide_console

if TYPE_CHECKING:
    from iwsi.export.evaluate import Evaluation


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    tasks: Annotated[
        str, typer.Option(help="The harness's tasks or groups, such as gsm8k,arc_easy.")
    ],
    number: Annotated[
        int | None, typer.Option("--round", help="Which round; default: the run's result.")
    ] = None,
    limit: Annotated[
        float | None, typer.Option(help="Documents a task, or a share below 1.")
    ] = None,
    num_fewshot: Annotated[
        int | None, typer.Option(min=0, help="Examples before a question; default: the task's.")
    ] = None,
    chat: Annotated[
        bool | None,
        typer.Option("--chat/--no-chat", help="The model's chat template; default: as in the run."),
    ] = None,
    include_path: Annotated[
        Path | None, typer.Option(help="A folder with tasks of yours, as the harness takes it.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="Which metric; default: the first that is logged.")
    ] = None,
    batch_size: Annotated[
        str, typer.Option(help="The harness's batch size, such as 8 or auto.")
    ] = "8",
    again: Annotated[
        bool, typer.Option("--again", help="Repeat evaluations that were made with other options.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Run lm-evaluation-harness on the base model and on the result; finished tasks are kept.

    The logs are in RUN/evaluations; eval-predict reads them.
    """
    with errors(as_json, debug):
        from iwsi.export.evaluate import evaluate_run
        from iwsi.export.harness_run import HarnessOptions
        from iwsi.rounds.damage import explaining_damage

        names = tuple(dict.fromkeys(name.strip() for name in tasks.split(",") if name.strip()))
        if not names or any("/" in name or name.startswith((".", "-")) for name in names):
            raise UserError(
                field="--tasks", got=tasks, expected="names of tasks, such as gsm8k,arc_easy"
            )
        if limit is not None and not limit > 0:
            raise UserError(field="--limit", got=limit, expected="a number above 0")
        options = HarnessOptions(
            tasks=names,
            number=number,
            limit=limit,
            num_fewshot=num_fewshot,
            chat=chat,
            include_path=include_path,
            metric=metric,
            batch_size=batch_size,
            again=again,
        )
        root = run.resolve()
        with explaining_damage(root):
            found = evaluate_run(root, options, lambda line: typer.echo(line, err=True))
        if as_json:
            print_json(found)
        else:
            print_evaluation(wide_console(), found)


def print_evaluation(console: Console, found: "Evaluation") -> None:
    """A row a task: both scores and their difference, shares in points."""
    from iwsi.commands.display import PERCENT, POINTS, interval

    title = "the base model" if found.round is None else f"round {found.round} and the base model"
    chat = ", chat template" if found.chat else ""
    table = Table(title=f"lm-evaluation-harness: {title}{chat}, 95% intervals")
    for heading in ("task", "metric"):
        table.add_column(heading, overflow="fold")
    for heading in ("items", "base", "result", "difference"):
        table.add_column(heading, justify="right")
    for row in found.tasks:
        score, gap = (PERCENT, POINTS) if row.is_share else ("{:.3f}", "{:+.3f}")
        unit = 1.0 if row.is_share else 0.01
        cells = ((row.base, score), (row.result, score), (row.difference, gap))
        shown = [interval(estimate, form, unit) if estimate else "" for estimate, form in cells]
        table.add_row(row.task, row.metric, f"{row.base.n_observed:,}", *shown)
    console.print(table)
    typer.echo(f"logs: {found.folder}")
    for warning in dict.fromkeys(
        warning
        for row in found.tasks
        for estimate in (row.base, row.result, row.difference)
        for warning in (estimate.warnings if estimate else ())
    ):
        typer.echo(f"warning: {warning}", err=True)
