"""The command line: `eval-predict summary` and `eval-predict compare`."""

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from eval_predict.errors import UserError, nearest
from eval_predict.estimate import Estimate, mean_score, paired_difference
from eval_predict.scores import read_scores

app = typer.Typer(
    help="What a table of scores says about the models in it, with intervals.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ScoresPath = Annotated[
    Path,
    typer.Argument(metavar="SCORES", help="A file of rows model, item, score, or a run."),
]
Level = Annotated[float, typer.Option(help="Coverage of the intervals, between 0 and 1.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


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


@app.command()
def summary(
    scores: ScoresPath, level: Level = 0.95, as_json: AsJson = False, debug: Debug = False
) -> None:
    """Each model's mean score with its interval."""
    with one_line_errors(as_json, debug):
        means = {
            model: mean_score(list(items.values()), level)
            for model, items in _scores_by_model(scores).items()
        }
        if as_json:
            models = [{"model": model, **mean.to_dict()} for model, mean in means.items()]
            _print_json({"level": level, "models": models})
        else:
            _print_table("model", means)


@app.command()
def compare(
    scores: ScoresPath,
    model: Annotated[str, typer.Option(help="The model in question.")],
    baseline: Annotated[str, typer.Option(help="The model it is compared with.")],
    level: Level = 0.95,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The difference of two models' means over the items that both have."""
    with one_line_errors(as_json, debug):
        by_model = _scores_by_model(scores)
        model_scores = _scores_of(by_model, model, "--model")
        baseline_scores = _scores_of(by_model, baseline, "--baseline")
        shared = [item for item in model_scores if item in baseline_scores]
        if not shared:
            raise UserError(
                where=scores,
                field="item",
                got=f'"{model}" and "{baseline}" share no item',
                expected="two models scored on the same items",
            )
        difference = paired_difference(
            [model_scores[item] for item in shared],
            [baseline_scores[item] for item in shared],
            level,
        )
        items = {"both": len(shared), "model": len(model_scores), "baseline": len(baseline_scores)}
        if as_json:
            _print_json(
                {"model": model, "baseline": baseline, "items": items, **difference.to_dict()}
            )
        else:
            _print_table("difference", {f"{model} - {baseline}": difference})
            typer.echo("items: " + ", ".join(f"{name} {count}" for name, count in items.items()))


def _scores_by_model(path: Path) -> dict[str, dict[str, float]]:
    by_model: dict[str, dict[str, float]] = {}
    columns = read_scores(path).to_pydict()
    rows = zip(columns["model"], columns["item"], columns["score"], strict=True)
    for model, item, score in rows:
        by_model.setdefault(model, {})[item] = score
    return by_model


def _scores_of(by_model: dict[str, dict[str, float]], name: str, option: str) -> dict[str, float]:
    if name in by_model:
        return by_model[name]
    guess = nearest(name, by_model)
    names = list(by_model)[:8]
    raise UserError(
        where=option,
        got=f'no model "{name}"',
        expected=f"one of {', '.join(names)}" + (", …" if len(by_model) > len(names) else ""),
        fix=f'Did you mean "{guess}"?' if guess else None,
    )


def _print_table(heading: str, estimates: dict[str, Estimate]) -> None:
    # rich is slow to import and --json has no need of it.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column(heading)
    for column in ("value", "low", "high", "level", "items"):
        table.add_column(column, justify="right")
    table.add_column("method")
    for name, estimate in estimates.items():
        numbers = (f"{number:.4f}" for number in (estimate.value, estimate.low, estimate.high))
        level, items = f"{estimate.level:g}", str(estimate.n_observed)
        # Text, since a name in brackets would be taken for markup.
        table.add_row(Text(name), *numbers, level, items, estimate.method)
    Console().print(table)
    for name, estimate in estimates.items():
        for warning in estimate.warnings:
            typer.echo(f"{name}: {warning}", err=True)


def _print_json(record: dict[str, Any]) -> None:
    typer.echo(json.dumps(record, ensure_ascii=False, allow_nan=False))


@contextmanager
def one_line_errors(as_json: bool, debug: bool) -> Iterator[None]:
    """A user's error ends with code 2, one of ours with code 1, each in one line on stderr."""
    try:
        yield
    except Exception as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, UserError):
            line, record, code = str(error), error.to_dict(), 2
        else:
            line = " ".join(f"internal error: {type(error).__name__}: {error}".split())
            line, record, code = f"{line} (--debug shows where)", {"error": line}, 1
        if as_json:
            _print_json(record)
        typer.echo(line, err=True)
        raise typer.Exit(code) from None
