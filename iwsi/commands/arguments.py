"""Arguments that several commands share."""

import logging
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from eval_predict.errors import UserError

RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe in YAML.")]


def _complete_key(incomplete: str) -> list[str]:
    """Keys of a recipe that begin so, for the shell's completion."""
    from iwsi.recipe.shipped import recipe_keys

    return [f"{row.key}=" for row in recipe_keys() if row.key.startswith(incomplete)]


Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEY=VALUE]...",
        help="Overrides, such as filter.keep=0.6 seed=1.",
        autocompletion=_complete_key,
    ),
]
Records = Annotated[
    str | None, typer.Option(help="Where a nested file has its records, as data[].qas[].")
]
Encoding = Annotated[str | None, typer.Option(help="The encoding of text that is not UTF-8.")]
Columns = Annotated[
    str | None, typer.Option(help="The columns' names, where the file has no header line: a,b.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show warnings and the result alone.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show when a stage begins, and those done before.")
]
Out = Annotated[Path, typer.Option(help="Where the result goes: .parquet, .jsonl or .csv.")]


def shown_level(quiet: bool, verbose: bool) -> int:
    """The level of standard logging from which on something is shown.

    Raises:
        UserError: both were given.
    """
    if quiet and verbose:
        raise UserError(
            got="--quiet and --verbose",
            expected="one of them",
            fix="Leave one of the two out.",
        )
    return logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO


def parse_kind(text: str) -> Any:
    """An option's answer kind: a kind's name, a function's, or labels as `label:a,b` or `a,b`.

    Raises:
        UserError: it is none of them.
    """
    from iwsi.recipe.answer import parse_answer

    value: Any = text
    if "," in text:
        labels = re.sub(r"^\s*labels?:", "", text)
        value = {"kind": "label", "of": [label.strip() for label in labels.split(",")]}
    try:
        return parse_answer(value)
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise UserError(where="--answer", got=repr(text), expected=f"a kind ({reason})") from None
