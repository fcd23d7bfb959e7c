"""Commands that check a recipe before a round is trained."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from iwsi.commands.arguments import Overrides, Quiet, RecipePath, Verbose, shown_level
from iwsi.commands.terminal import AsJson, Debug, errors, print_json, wide_console
from iwsi.recipe.load import load_recipe


def audit(
    target: Annotated[Path, typer.Argument(metavar="RECIPE|RUN", help="A recipe, or a run.")],
    overrides: Overrides = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where a recipe's run is kept; default: as for run.")
    ] = None,
    number: Annotated[int, typer.Option("--round", min=1, help="Round to audit.")] = 1,
    quiet: Quiet = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Which score finds right votes on this task, from labelled rows; before a round is trained."""
    with errors(as_json, debug):
        from iwsi.commands.audit import print_audit
        from iwsi.commands.progress import RunDisplay
        from iwsi.rounds.later_audit import audit_run

        with RunDisplay(Console(stderr=True), shown_level(quiet, verbose)) as display:
            result = audit_run(target, overrides or [], run_dir, number, display)
        if as_json:
            print_json(result)
        else:
            print_audit(wide_console(), result)


def validate(
    recipe: RecipePath,
    overrides: Overrides = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Load the model and time it, for a better estimate.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check a recipe without loading the model: schema, rows, a prompt, gold answers, cost."""
    with errors(as_json, debug):
        from iwsi.rounds import validation

        report = validation.validate(load_recipe(recipe, overrides or []), measure=measure)
        if as_json:
            print_json(report)
        else:
            from iwsi.commands.display import print_validation

            print_validation(Console(), report)
