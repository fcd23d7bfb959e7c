"""The parts that all commands share: two options, errors in one line, JSON."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from eval_predict.commands.shared import AsJson, Debug, one_line_errors
from eval_predict.commands.shared import print_json as print_object
from eval_predict.errors import UserError
from iwsi.errors import as_user_error
from iwsi.files import as_json as to_json
from iwsi.runtime.signals import interruption

__all__ = [
    "AsJson",
    "Debug",
    "errors",
    "print_counts",
    "print_json",
    "printable",
    "wide_console",
]


@contextmanager
def errors(in_json: bool, debug: bool) -> Iterator[None]:
    """Exit with 2 and a line on a user's error, 1 on a fault of iwsi, 128 or more on a signal."""
    try:
        with one_line_errors(in_json, debug):
            try:
                yield
            except UserError:
                raise
            except Exception as error:
                user_error = as_user_error(error)
                if user_error is None:
                    raise
                raise user_error from error
    except KeyboardInterrupt as error:
        line, code = interruption(error)
        typer.echo(line, err=True)
        raise typer.Exit(code) from None


def print_json(value: Any) -> None:
    """A typed result as one JSON object on standard output."""
    print_object(to_json(value))


def print_counts(counts: Any, out: Path, as_json: bool) -> None:
    """Print counts (a dataclass or a mapping), and the file that was written."""
    values = to_json(counts)
    if as_json:
        print_json({**values, "out": str(out)})
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in values.items()) + f" -> {out}")


def wide_console(*, stderr: bool = False) -> Console:
    """A console that is wide where it is not a terminal: a table in a log may exceed 80 columns."""
    found = Console(stderr=stderr)
    return found if found.is_terminal else Console(stderr=stderr, width=120)


def printable(text: str) -> str:
    """A model's text without what would steer a terminal: escapes, other controls, bidi marks."""
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
        else "\ufffd"
        for character in text
    )
