"""Writes records as the rows of a CSV file."""

import csv
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
                writer.writerow(asdict(row))
                count += 1
    except OSError as error:
        raise UserError(where=path, got=error, expected="a file that can be written") from error
    return count
