"""The command line `eval-predict`: tables of scores, and a benchmark's score from a few items."""

import sys

import typer

from eval_predict.commands.bench import bench
from eval_predict.commands.bis import bis
from eval_predict.commands.bis_bench import bis_bench
from eval_predict.commands.gain_bench import gain_bench
from eval_predict.commands.help import add_command
from eval_predict.commands.item_report import items
from eval_predict.commands.items import next_items, select
from eval_predict.commands.page import report
from eval_predict.commands.plan import plan
from eval_predict.commands.prediction import predict
from eval_predict.commands.rank import rank
from eval_predict.commands.shared import one_line_errors
from eval_predict.commands.tables import compare, summary

__all__ = ["app", "main", "one_line_errors", "run_app"]

app = typer.Typer(
    help="What a table of scores says about models, and a new model's score from a few items.\n\n"
    "Example: eval-predict summary logs/",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_COMMANDS = (
    (summary, "summary", "eval-predict summary logs/"),
    (compare, "compare", "eval-predict compare scores.parquet --model new --baseline old"),
    (select, "select", "eval-predict select scores.parquet --budget 50 --out items.json"),
    (next_items, "next", "eval-predict next scores.parquet --observed scored.json --budget 50"),
    (predict, "predict", "eval-predict predict scores.parquet --observed scored.json"),
    (plan, "plan", "eval-predict plan scores.parquet --detect 0.02"),
    (items, "items", "eval-predict items scores.parquet --out items.csv"),
    (rank, "rank", "eval-predict rank scores.parquet"),
    (report, "report", "eval-predict report scores.parquet --observed scored.json --out page.html"),
    (bench, "bench", "eval-predict bench scores.parquet --budget 50 --out rows.csv"),
    (bis, "bis", "eval-predict bis --source gsm8k/ --target svamp/ --model org/name"),
    (bis_bench, "bis-bench", "eval-predict bis-bench gsm8k/ svamp/ --out rows.csv"),
    (gain_bench, "gain-bench", "eval-predict gain-bench scores.parquet --out rows.csv"),
)
for _function, _name, _example in _COMMANDS:
    add_command(app, _function, _example, _name)


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
