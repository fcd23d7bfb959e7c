"""The command line of iwsi."""

from typing import Annotated

import typer

from eval_predict.cli import run_app
from iwsi import __version__
from iwsi.commands import rows, running, sharing
from iwsi.commands.evaluate import evaluate
from iwsi.commands.recipes import recipes_app
from iwsi.commands.repair import repair

app = typer.Typer(
    help="Improve a language model from its own answers, round by round.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(running.run)
app.command()(rows.init)
app.command()(running.status)
app.command()(running.forecast)
app.command()(running.audit)
app.command()(running.validate)
app.command()(running.study)
app.command()(rows.vote)
app.command()(rows.weigh)
app.command()(rows.answers)
app.command()(evaluate)
app.command()(sharing.report)
app.command()(sharing.show)
app.command()(sharing.export)
app.command()(sharing.clean)
app.command()(repair)
app.command()(sharing.runs)
app.add_typer(recipes_app, name="recipes")


def main() -> None:
    """Run the command line (the console entry point)."""
    run_app(app)


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
