"""Parts that all commands share: their options, how they print, and errors in one line."""

import json
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from eval_predict.errors import UserError, missing_package, nearest
from eval_predict.methods import METHODS, Method
from eval_predict.stats.estimate import Estimate

ScoresPath = Annotated[
    Path,
    typer.Argument(
        metavar="SCORES",
        help="Scores of models: logs of lm-evaluation-harness, inspect_ai, HELM, lighteval,"
        " EvalPlus, SWE-bench and others (a file, or a folder of them), a table of model, item,"
        " score, a matrix of models and items, or a run of iwsi.",
    ),
]
Level = Annotated[float, typer.Option(help="Coverage of the intervals, between 0 and 1.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every draw.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
# An internal error is a fault of ours: no other input helps, and it should become known.
REPORT = "a fault of this package: please report it in its issue tracker, with what --debug shows"
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def method_named(name: str, option: str) -> Method:
    """The method of that name.

    Raises:
        UserError: (a ValueError) on an unknown name, with the nearest that there is.
    """
    if name in METHODS:
        return METHODS[name]
    guess = nearest(name, METHODS)
    raise UserError(
        where=option,
        got=f'no method "{name}"',
        expected=f"one of {', '.join(METHODS)}",
        fix=f'Did you mean "{guess}"?' if guess else None,
    )


def print_json(record: dict[str, Any]) -> None:
    """One JSON object on stdout."""
    typer.echo(json.dumps(record, ensure_ascii=False, allow_nan=False))


def print_estimates(heading: str, estimates: dict[str, Estimate], *, points: bool) -> None:
    """A table on stdout, the warnings on stderr.

    Args:
        heading: of the names.
        estimates: by name.
        points: whether the values are shares, which are shown in points: hundredths of them.
    """
    # rich is slow to import and --json has no need of it.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column(heading, overflow="fold")
    factor, places = (100, 2) if points else (1, 4)
    for column in ("points" if points else "value", "low", "high", "level", "items"):
        table.add_column(column, justify="right")
    table.add_column("method")
    for name, estimate in estimates.items():
        bounds = (estimate.value, estimate.low, estimate.high)
        numbers = (f"{factor * number:.{places}f}" for number in bounds)
        level, items = f"{estimate.level:g}", str(estimate.n_observed)
        # Text, since a name in brackets would be taken for markup.
        table.add_row(Text(name), *numbers, level, items, estimate.method)
    console = Console()
    # A table in a log or a pipe needs no 80 columns.
    (console if console.is_terminal else Console(width=120)).print(table)
    for name, estimate in estimates.items():
        for warning in estimate.warnings:
            typer.echo(f"{name}: {warning}", err=True)


@contextmanager
def one_line_errors(as_json: bool, debug: bool) -> Iterator[None]:
    """End with code 2 on a user's error, with code 1 on a bug; one line on stderr either way."""
    try:
        yield
    except Exception as error:
        if debug:
            traceback.print_exc()
        error = missing_package(error) or error
        if isinstance(error, UserError):
            line, record, code = str(error), error.to_dict(), 2
        else:
            line = " ".join(f"internal error: {type(error).__name__}: {error}".split())
            line, record, code = f"{line} ({REPORT})", {"error": line, "fix": REPORT}, 1
        if as_json:
            print_json(record)
        typer.echo(line, err=True)
        raise typer.Exit(code) from None


def refuse_to_overwrite(out: Path | None, inputs: Iterable[Path]) -> None:
    """An output in an input's place would destroy what cannot be computed again.

    Raises:
        UserError: (a ValueError) where `out` is one of the inputs.
    """
    if out and any(path.exists() and out.exists() and out.samefile(path) for path in inputs):
        raise UserError(where="--out", got=f"{out}, which is read", expected="another file")


def refuse_to_lose_scores(out: Path | None) -> None:
    """Drawn items that have been scored are not overwritten by a new draw.

    Raises:
        UserError: (a ValueError) where `out` is a file of items with scores.
    """
    if out is None or not out.is_file():
        return
    scored = _scored_rows(out)
    if scored:
        raise UserError(
            where="--out",
            got=f"{out}, which holds {scored} scores",
            expected="a new file",
            fix="Name another file, or delete this one.",
        )


def _scored_rows(path: Path) -> int:
    """Rows with a score in a file as `select` writes it; 0 for any other file."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            found = json.loads(text)
            rows = found.get("items", []) if isinstance(found, dict) else found
        return sum(isinstance(row, dict) and row.get("score") is not None for row in rows)
    except (OSError, ValueError, TypeError):
        return 0


def by_name(paths: Iterable[Path]) -> dict[str, Path]:
    """Benchmarks by the name of their folder, or of their file without its suffix.

    Raises:
        UserError: (a ValueError) where two have one name.
    """
    named: dict[str, Path] = {}
    for path in paths:
        name = path.resolve().name if path.is_dir() else path.stem
        if name in named:
            raise UserError(
                where=path,
                got=f'two benchmarks named "{name}"',
                expected="names that differ",
                fix=f"Rename one {'folder' if path.is_dir() else 'file'}.",
            )
        named[name] = path
    return named
