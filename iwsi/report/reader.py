"""Reads files of a run directory; a file that is missing or damaged is noted, not raised."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from eval_predict.file_kinds import endless_kind

T = TypeVar("T")


class RunReader:
    """Reads files of a run; a fault is noted once and gives None."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []

    def note(self, problem: str) -> None:
        """Keep a fault to be shown; several parts of a report read the same file."""
        if problem not in self.problems:
            self.problems.append(problem)

    def text(self, name: str) -> str | None:
        """A text file."""
        return self._try(name, lambda path: path.read_text(encoding="utf-8"))

    def json(self, name: str) -> Any:
        """A JSON file."""
        return self._try(name, lambda path: json.loads(path.read_text(encoding="utf-8")))

    def object(self, name: str) -> dict[str, Any] | None:
        """JSON that must be an object."""
        found = self.json(name)
        if found is None or isinstance(found, dict):
            return found
        self.note(f"{name} holds no JSON object")
        return None

    def parsed(self, name: str, parse: Callable[[dict[str, Any]], T]) -> T | None:
        """A JSON object of the run, parsed."""
        found = self.object(name)
        try:
            return parse(found) if found else None
        except (KeyError, TypeError, ValueError, AttributeError):
            self.note(f"{name} does not hold what iwsi writes")
            return None

    def table(self, name: str, columns: Sequence[str]) -> pa.Table | None:
        """Columns of a Parquet file."""
        return self._try(name, lambda path: pq.read_table(path, columns=list(columns)))

    def _try(self, name: str, read: Callable[[Path], T]) -> T | None:
        path = self.root / name
        if not path.exists():
            return None
        if (kind := endless_kind(path)) is not None:
            self.note(f"{name} is {kind}")
            return None
        try:
            return read(path)
        except (OSError, ValueError, KeyError, RecursionError, pa.ArrowException) as error:
            first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            self.note(f"{name} cannot be read ({first})")
            return None
