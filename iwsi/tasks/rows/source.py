"""A file of rows as a user names it, and the errors that name it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError

Row = Mapping[str, Any]


class NeedsKeyError(UserError):
    """A file that is read once one more key says how.

    Attributes:
        key: The key: records, encoding or columns.
        value: What it should probably be.
    """

    key: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from and which options the user gave for the file.

    Attributes:
        path: A file, or a folder of shards.
        field: The recipe's key or the option that names it; empty for a command's argument.
        records: Where the records of a nested file are, such as `data[].paragraphs[].qas[]`.
        encoding: The text's encoding, such as cp1252; None: UTF-8, or what a byte order mark says.
        columns: Names of the columns of a delimited file without a header line.
    """

    path: Path
    field: str = ""
    records: str | None = None
    encoding: str | None = None
    columns: tuple[str, ...] | None = None

    def error(
        self, got: str, expected: str, fix: str | None = None, *, key: str | None = None
    ) -> UserError:
        """An error about this file; `key` names a key or a place in it instead of `field`."""
        return UserError(
            where=str(self.path),
            field=key or self.field or None,
            got=got[:300],
            expected=expected,
            fix=fix,
        )

    def needs(self, name: str, value: Any, got: str, expected: str, fix: str) -> NeedsKeyError:
        """An error that goes away when the key `name` is set, probably to `value`."""
        error = NeedsKeyError(
            where=str(self.path), field=self.key(name), got=got[:300], expected=expected, fix=fix
        )
        error.key, error.value = name, value
        return error

    def key(self, name: str) -> str:
        """A key beside this file's path, such as `task.test.encoding`; a command's is an option."""
        return f"{self.field}.{name}" if self.field else f"--{name}"


def kind_of(value: Any) -> str:
    """The kind of a JSON value, in a user's words."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return "a text"
        case bool():
            return str(value).lower()
        case None:
            return "null"
        case _:
            return "a number"
