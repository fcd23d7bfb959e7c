"""Writes records as the rows of a CSV file, with no cell that a spreadsheet takes for a formula."""

import csv
import re
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError


def write_csv(kind: type[Any], rows: Iterable[Any], path: Path) -> int:
    """Write dataclass records one by one as they come, empty where a field is None.

    Args:
        kind: their class, whose fields are the columns.
        rows: the records.
        path: the file.

    Returns:
        How many were written.

    Raises:
        UserError: (a ValueError) on a file that cannot be written.
    """
    count = 0
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [field.name for field in fields(kind)])
            writer.writeheader()
            for row in rows:
                writer.writerow({name: _cell(value) for name, value in asdict(row).items()})
                count += 1
    except OSError as error:
        raise UserError(where=path, got=error, expected="a file that can be written") from error
    return count


def guarded(text: str) -> str:
    """A text as a cell that a spreadsheet takes for text: an apostrophe before what is a formula.

    Numbers stay as they are. `unguarded` gives the text back.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """The text of a cell that `guarded` may have written."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell[1:]) else cell


def _cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value


# What a spreadsheet may run, also behind apostrophes of ours, and signs before a mere number.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[-+]?[0-9.][0-9.,/:%]*(?:[eE][-+]?[0-9]+)?")
