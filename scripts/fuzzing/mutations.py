"""Damages a file: its bytes, the values of its JSON or YAML, the cells of its table."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import yaml

_BYTES = (
    *(b'"', b"'", b"\n", b"\r", b",", b"\0", b"{", b"}", b"[", b"]", b";", b"\t", b"|", b":"),
    *(b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"null", b"1e999", b"NaN", b"-0", b"{{"),
    *(b"\\ud800", b"\\u0000", b"9" * 400, b"[" * 2000, b"{% for", b"<<: *", b"&a [*a]", b"\x1b[2J"),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, -(10**400), 1e308, float("nan"), float("inf")),
    *("", " ", "\0", "\ud800", "\u202e", "[bold]", "=1+1", "../../x", "/etc/hostname", "x" * 4000),
    *(
        [],
        {},
        [[]],
        [None],
        {"": None},
        [{"a": [1]}],
        {"a": {"a": {"a": 1}}},
        "2026-02-31",
        "1e999",
    ),
    *("9" * 5000, "{{ 9 ** 9 ** 9 }}", "\x1b]0;x\x07", ["x"] * 50, "٣", "½", "1,200.00", "true"),
)
_MOST_BYTES = 1 << 20


def mutate(rng: Random, data: bytes) -> bytes:
    """One to eight damages; half of the inputs stay JSON, YAML or JSON lines."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        change = rng.choice((_bytes, _bytes, _structure, _structure, _table))
        data = change(rng, data)[:_MOST_BYTES]
    return data


def grown(rng: Random, data: bytes) -> bytes:
    """The same with a part of it repeated to one megabyte."""
    if not data:
        return data
    begin, end = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    if rng.random() < 0.5:  # whole lines stay whole lines
        begin = data.rfind(b"\n", 0, begin) + 1
        end = data.find(b"\n", end) + 1 or len(data)
    part = data[begin:end] or data[:1]
    return (data[:end] + part * (_MOST_BYTES // len(part)) + data[end:])[:_MOST_BYTES]


def _bytes(rng: Random, data: bytes) -> bytes:
    place = rng.randrange(len(data) + 1)
    length = rng.randrange(1, 60)
    match rng.randrange(6):
        case 0:
            return data[:place] + rng.choice(_BYTES) + data[place:]
        case 1:
            return data[:place] + data[place + length :]
        case 2:
            return data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]
        case 3:
            return data[:place] + data[place : place + length] * rng.randrange(2, 40) + data[place:]
        case 4:
            other = rng.randrange(len(data) + 1)
            return data[:place] + data[other : other + length] + data[place:]
        case _:
            return data[:place]


def _structure(rng: Random, data: bytes) -> bytes:
    """Another value, key or length somewhere inside the values that the file holds."""
    for load, dump in _FORMS:
        try:
            value = load(data)
        except (ValueError, RecursionError, yaml.YAMLError, TypeError, AttributeError):
            continue
        if not isinstance(value, dict | list) or not value:
            continue
        try:
            return dump(_changed(rng, value))
        except (ValueError, RecursionError, yaml.YAMLError):
            break
    return _bytes(rng, data)


def _changed(rng: Random, value: Any) -> Any:
    holder = rng.choice(_holders(value))
    if not holder:
        return value
    if isinstance(holder, dict):
        key = rng.choice(list(holder))
        match rng.randrange(5):
            case 0 | 1:
                holder[key] = rng.choice(_VALUES)
            case 2:
                del holder[key]
            case 3:
                holder[_name(rng, str(key))] = holder.pop(key)
            case _:
                holder[_name(rng, str(key))] = rng.choice(_VALUES)
        return value
    place = rng.randrange(len(holder))
    match rng.randrange(4):
        case 0 | 1:
            holder[place] = rng.choice(_VALUES)
        case 2:
            del holder[place]
        case _:
            holder.insert(place, holder[rng.randrange(len(holder))])
    return value


def _holders(value: Any, depth: int = 0) -> list[Any]:
    """The value and every list and mapping inside it, each at most once a place."""
    if not isinstance(value, dict | list) or depth > 20:
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(found for one in list(inner)[:200] for found in _holders(one, depth + 1))]


def _name(rng: Random, key: str) -> str:
    return rng.choice((key + "s", key.upper(), "", " " + key, key[:-1], "__class__", key * 3, "0"))


def _table(rng: Random, data: bytes) -> bytes:
    """Another cell, or another number of cells, in a line of a table."""
    lines = data.split(b"\n")
    row = rng.randrange(len(lines))
    cells = lines[row].split(b",")
    place = rng.randrange(len(cells))
    match rng.randrange(4):
        case 0:
            cells[place] = str(rng.choice(_VALUES)).encode("utf-8", "surrogatepass")
        case 1:
            del cells[place]
        case 2:
            cells.insert(place, cells[rng.randrange(len(cells))])
        case _:
            lines.insert(row, lines[rng.randrange(len(lines))])
            return b"\n".join(lines)
    lines[row] = b",".join(cells)
    return b"\n".join(lines)


def _lines(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.splitlines() if line.strip()]


def _dump_lines(values: Sequence[Any]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


_FORMS: tuple[tuple[Callable[[bytes], Any], Callable[[Any], bytes]], ...] = (
    (json.loads, lambda value: json.dumps(value).encode()),
    (_lines, _dump_lines),
    (
        yaml.safe_load,
        lambda value: yaml.safe_dump(value, sort_keys=False).encode("utf-8", "surrogatepass"),
    ),
)
