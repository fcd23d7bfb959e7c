"""Rows of JSON: one object a line, an array of objects, or one nested value."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, TextIO

from eval_predict.data.json_text import without_halves
from iwsi.tasks.rows.nested import records_at, rows_of_object
from iwsi.tasks.rows.source import Row, Source, kind_of


def json_rows(text: TextIO, source: Source) -> Iterator[Row]:
    """The rows of a JSON or JSONL file: its content decides which it is, not its name.

    Integers keep all their digits; NaN becomes a gap.

    Raises:
        UserError: it is no JSON, a record is no object, or a key stands twice in one.
    """
    values = _values(text, source)
    first = next(values, None)
    second = next(values, None)
    if first is None:
        return
    if source.records is not None:
        for value in chain([first], [] if second is None else [second], values):
            yield from records_at(value, source.records, source)
    elif second is not None:
        for number, value in enumerate(chain([first, second], values), 1):
            yield _object(value, number, source)
    elif isinstance(first, list):
        for number, value in enumerate(first, 1):
            yield _object(value, number, source)
    elif isinstance(first, dict):
        yield from rows_of_object(first, source)
    else:
        raise source.error(kind_of(first), "objects with a key for each column")


def is_json(head: str) -> bool:
    """Whether a text begins as JSON that holds rows does."""
    start = head.lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return True
    return start.startswith("[") and start[1:].lstrip()[:1] in ("{", "[", '"', "]", "")


def _object(record: Any, number: int, source: Source) -> Row:
    if isinstance(record, dict):
        return record
    expected = "an object with a key for each column"
    raise source.error(kind_of(record), expected, key=f"row {number}")


def _values(text: TextIO, source: Source) -> Iterator[Any]:
    """The JSON values of a text: one a line where the first line is one, else as they follow."""
    begin = 0
    for line in text:
        begin += 1
        if not line.strip():
            continue
        try:
            first = _loads(line)
        except (ValueError, RecursionError):
            yield from _values_of_text(line + text.read(), source)
            return
        except _RepeatedKeyError as twice:
            raise _twice(twice, f"line {begin}", source) from None
        yield first
        break
    for number, line in enumerate(text, begin + 1):
        if line.strip():
            try:
                yield _loads(line)
            except (ValueError, RecursionError) as error:
                raise source.error(
                    f"no JSON ({_reason(error)})", "one object a line", key=f"line {number}"
                ) from None
            except _RepeatedKeyError as twice:
                raise _twice(twice, f"line {number}", source) from None


def _values_of_text(text: str, source: Source) -> Iterator[Any]:
    end, size = 0, len(text)
    while end < size:
        if text[end] in " \t\r\n":
            end += 1
            continue
        try:
            value, end = _DECODER.raw_decode(text, end)
        except (ValueError, RecursionError) as error:
            place = getattr(error, "pos", end)
            key = f"line {text.count(chr(10), 0, place) + 1}"
            raise source.error(f"no JSON ({_reason(error)})", "JSON or JSONL", key=key) from None
        except _RepeatedKeyError as twice:
            raise _twice(twice, "a record", source) from None
        yield without_halves(value, text)


class _RepeatedKeyError(Exception):
    """A key that stands twice in one object."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(next(name for name in names if names.count(name) > 1))
    return record


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_constant=lambda name: None if name == "NaN" else float(name)
)


def _loads(line: str) -> Any:
    return without_halves(_DECODER.decode(line), line)


def _twice(twice: _RepeatedKeyError, place: str, source: Source) -> Exception:
    got = f"the key {str(twice)!r} twice in one object"
    return source.error(got, "each key once", "Rename one of the two.", key=place)


def _reason(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error).partition(" for integer")[0][:80]  # "Exceeds the limit (4300 digits)"
