"""The command line of iwsi."""

from typing import Annotated

import typer

from eval_predict.cli import run_app
from eval_predict.commands.help import add_command
from iwsi import __version__
from iwsi.commands import checking, rows, running, sharing
from iwsi.commands.evaluate import evaluate
from iwsi.commands.recipes import recipes_app
from iwsi.commands.repair import repair

app = typer.Typer(
    help="Improve a language model from its own answers, round by round.\n\n"
    "Example: iwsi run recipes/tiny_arith.yaml",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)

_COMMANDS = (
    (running.run, "iwsi run recipes/tiny_arith.yaml rounds=1 --run-dir runs/first"),
    (rows.init, "iwsi init rows.jsonl --out mine.yaml"),
    (checking.validate, "iwsi validate mine.yaml filter.method=confidence"),
    (checking.audit, "iwsi audit mine.yaml"),
    (running.status, "iwsi status runs/mine"),
    (running.forecast, "iwsi forecast runs/mine --round 1 --budget 0.2"),
    (running.study, "iwsi study mine.yaml --filters lmsi,iwsi --seeds 3 --out study.csv"),
    (evaluate, "iwsi evaluate runs/mine --tasks gsm8k,arc_easy --limit 200"),
    (sharing.report, "iwsi report runs/mine runs/other --out compared.html"),
    (sharing.show, "iwsi show runs/mine --dropped high_ds_weight -n 3"),
    (sharing.export, "iwsi export runs/mine --out shared --merge"),
    (sharing.runs, "iwsi runs"),
    (sharing.clean, "iwsi clean runs/mine --yes"),
    (repair, "iwsi repair runs/mine"),
    (rows.vote, "iwsi vote candidates.jsonl --out voted.parquet"),
    (
        rows.weigh,
        "iwsi weigh --model org/name --validation labelled.jsonl --candidates voted.parquet "
        "--out weighed.parquet",
    ),
    (rows.answers, "iwsi answers gsm8k outputs.jsonl --text output"),
)
for _function, _example in _COMMANDS:
    add_command(app, _function, _example)
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
