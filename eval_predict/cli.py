"""The command line `eval-predict`: tables of scores, and a benchmark's score from a few items."""

import sys

import typer

from eval_predict.commands.bench import bench
from eval_predict.commands.bis import bis
from eval_predict.commands.bis_bench import bis_bench
from eval_predict.commands.gain_bench import gain_bench
from eval_predict.commands.item_report import items
from eval_predict.commands.items import next_items, select
from eval_predict.commands.plan import plan
from eval_predict.commands.prediction import predict
from eval_predict.commands.rank import rank
from eval_predict.commands.shared import one_line_errors
from eval_predict.commands.tables import compare, summary

__all__ = ["app", "main", "one_line_errors", "run_app"]

app = typer.Typer(
    help="What a table of scores says about models, and a new model's score from a few items.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("summary")(summary)
app.command("compare")(compare)
app.command("select")(select)
app.command("next")(next_items)
app.command("predict")(predict)
app.command("plan")(plan)
app.command("items")(items)
app.command("rank")(rank)
app.command("bench")(bench)
app.command("bis")(bis)
app.command("bis-bench")(bis_bench)
app.command("gain-bench")(gain_bench)


def main() -> None:
    """Run the command line (the console entry point)."""
    run_app(app)


def run_app(app: typer.Typer) -> None:
    """Run a command line whose every error is one line, mistakes in its arguments too."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except Exception as error:
        # typer carries its own copy of click, whose errors have no public name.
        if not hasattr(error, "format_message"):
            raise
        line = " ".join(error.format_message().split())
        typer.echo(f"{line} (--help shows what there is)", err=True)
        code = 2
    sys.exit(code)
