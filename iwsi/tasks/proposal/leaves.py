"""The values that rows hold, each with the expression by which a template reaches it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from iwsi.tasks.rows import Row

_DEEPEST = 3
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words of Jinja's, and functions that a bare name would call up instead of the column.
_RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "elif", "for", "true", "false", "none"}
    | {"True", "False", "None", "row", "range", "dict", "loop", "self", "super", "caller"}
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of every row.

    Attributes:
        expression: How a template reaches it, such as `question.stem`.
        name: The last key on its way, in lower case and without other signs than letters, digits.
        values: Each row's; None where it has none.
        depth: Steps below the row; 0 for a column.
    """

    expression: str
    name: str
    values: tuple[Any, ...]
    depth: int

    @property
    def is_full(self) -> bool:
        """Whether every row has a value that is not blank."""
        return all(value is not None and str(value).strip() for value in self.values)

    def holds(self, *kinds: type) -> bool:
        """Whether what values there are, are of these types, and there is one."""
        given = [value for value in self.values if value is not None]
        return bool(given) and all(isinstance(value, kinds) for value in given)


def leaves_of(rows: Sequence[Row]) -> list[Leaf]:
    """Every value that all rows together hold: columns first, then what lies inside them."""
    found = [
        Leaf(_column(name), plain(name), tuple(row.get(name) for row in rows), 0)
        for name in dict.fromkeys(name for row in rows for name in row)
    ]
    for leaf in found:  # it grows
        if leaf.depth < _DEEPEST:
            found.extend(_inner(leaf))
    return found


def plain(name: str) -> str:
    """A column's name as it is compared: `Answer Key`, `answer_key` and `answerKey` are one."""
    return re.sub(r"[\W_]+", "", name).lower()


def _column(name: str) -> str:
    if _IDENTIFIER.fullmatch(name) and name not in _RESERVED:
        return name
    return f"row[{_quoted(name)}]"


def _inner(leaf: Leaf) -> Iterator[Leaf]:
    values, expression = leaf.values, leaf.expression
    if leaf.holds(list) and all(
        value is None or (value and isinstance(value[0], dict)) for value in values
    ):
        values = tuple(value and value[0] for value in values)
        expression = f"{expression}[0]"
    elif not leaf.holds(dict):
        return
    for key in dict.fromkeys(key for value in values if value for key in value):
        if isinstance(key, str):
            is_plain = _IDENTIFIER.fullmatch(key)
            yield Leaf(
                f"{expression}.{key}" if is_plain else f"{expression}[{_quoted(key)}]",
                plain(key),
                tuple(value.get(key) if value else None for value in values),
                leaf.depth + 1,
            )


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
