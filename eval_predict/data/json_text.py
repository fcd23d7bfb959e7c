"""JSON as other tools write it: half a surrogate pair, which is no character, is replaced."""

import json
import re
from typing import Any

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text, whose strings can be written as UTF-8.

    Raises:
        ValueError: it is no JSON, or bytes that are no UTF-8.
        RecursionError: it is nested too deeply.
    """
    plain = text.decode("utf-8") if isinstance(text, bytes) else text
    return without_halves(json.loads(plain), plain)


def without_halves(value: Any, text: str) -> Any:
    """The value of a JSON text, halves of surrogate pairs replaced by a mark."""
    return _replaced(value) if _HALF.search(text) else value


def _replaced(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_replaced(inner) for inner in value]
        case dict():
            return {_replaced(key): _replaced(inner) for key, inner in value.items()}
        case _:
            return value
