"""Records inside a nested JSON value, by a dotted path such as `data[].paragraphs[].qas[]`."""

from collections.abc import Iterator, Mapping
from typing import Any

from iwsi.tasks.rows.source import Row, Source, kind_of

KEY = "key"  # the column that holds the id of a record in an object keyed by id
ANY_KEY = "*"  # a step that takes every value of an object

_MOST_NAMES = 12
_EXPECTED = "the path of its records"


def records_at(value: Any, path: str, source: Source) -> Iterator[Row]:
    """The records at a path, each with the columns that stand beside the path on its way.

    `name` steps into a key, and into each entry where that holds a list (`name[]` is the same);
    `*` steps into each value of an object, whose key becomes the column `key`. A list is gone
    through without a step of its own. An inner column wins over an outer one of the same name.

    Raises:
        UserError: a step finds no such key, or the path ends at something else than objects.
    """
    steps = [step for step in path.replace("[]", "").split(".") if step]
    yield from _walk(value, steps, {}, source)


def rows_of_object(value: dict[str, Any], source: Source) -> Iterator[Row]:
    """The only row of a file that holds one object.

    Raises:
        UserError: the object plainly holds the records of a file instead of being one.
    """
    if columns := _by_column(value):
        names = list(columns)
        yield from (
            dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)
        )
        return
    if len(value) > 1 and all(isinstance(inner, dict) for inner in value.values()):
        path = ANY_KEY + _deepest(next(iter(value.values())))
        got = f"one object of {len(value)} objects keyed by id"
        raise source.needs("records", path, got, _EXPECTED, _fix(source, path))
    lists = [name for name, inner in value.items() if _holds_records(inner)]
    if len(lists) == 1 and not _is_conversation(value[lists[0]]):
        path = lists[0] + _deepest(value[lists[0]][0])
        got = f"one object with {len(value[lists[0]])} records under {lists[0]!r}"
        raise source.needs("records", path, got, _EXPECTED, _fix(source, path))
    yield value


def _fix(source: Source, path: str) -> str:
    quoted = f"'{path}'" if path.startswith(ANY_KEY) else path
    return f"Set {source.key('records')}{':' if source.field else ''} {quoted}."


def _by_column(value: dict[str, Any]) -> dict[str, list[Any]] | None:
    """The columns of a table that is written column by column, as pandas does by default."""
    inner = list(value.values())
    if value.keys() == {"columns", "index", "data"} and isinstance(value["data"], list):
        rows = value["data"]
        if all(isinstance(row, list) and len(row) == len(value["columns"]) for row in rows):
            return {str(n): [row[i] for row in rows] for i, n in enumerate(value["columns"])}
    if not inner or any(type(column) is not type(inner[0]) for column in inner):
        return None
    if isinstance(inner[0], dict):
        places = [str(place) for place in range(len(inner[0]))]
        if len(places) > 1 and all(list(column) == places for column in inner):
            return {name: list(column.values()) for name, column in value.items()}
    are_lists = isinstance(inner[0], list) and min(len(inner), len(inner[0])) > 1
    return value if are_lists and len({len(column) for column in inner}) == 1 else None


def _walk(value: Any, steps: list[str], outer: dict[str, Any], source: Source) -> Iterator[Row]:
    if isinstance(value, list):
        for inner in value:
            yield from _walk(inner, steps, outer, source)
    elif not isinstance(value, dict):
        raise source.error(
            f"{kind_of(value)} where {source.records!r} leads",
            "objects with a key for each column",
            key=source.key("records"),
        )
    elif not steps:
        yield {**outer, **value}
    elif steps[0] == ANY_KEY:
        for key, inner in value.items():
            if not isinstance(inner, (dict, list)):
                raise source.error(
                    f"{kind_of(inner)} under {key!r}",
                    f"an object under each key, as {source.records!r} says",
                    key=source.key("records"),
                )
            yield from _walk(inner, steps[1:], {**outer, KEY: key}, source)
    elif steps[0] not in value:
        names = ", ".join(list(value)[:_MOST_NAMES])
        raise source.error(
            f"no {steps[0]!r} on the way of {source.records!r} (found: {names})",
            "a path that every record has",
            key=source.key("records"),
        )
    else:
        beside = {name: inner for name, inner in value.items() if name != steps[0]}
        yield from _walk(value[steps[0]], steps[1:], {**outer, **beside}, source)


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _is_conversation(turns: list[Mapping[str, Any]]) -> bool:
    """Whether entries are turns of one conversation, which together are one row."""
    return all(
        {"role", "content"} <= turn.keys() or {"from", "value"} <= turn.keys() for turn in turns
    )


def _deepest(record: Any) -> str:
    """The rest of a path, through the lists of records that a record alone holds."""
    if not isinstance(record, dict):
        return ""
    lists = [name for name, value in record.items() if _holds_records(value)]
    nested = [name for name in lists if name in _INNER]
    if not nested or _is_conversation(record[nested[0]]):
        return ""
    return f".{nested[0]}" + _deepest(record[nested[0]][0])


# Lists of questions that stand inside a passage or a table, by the names that are in use.
_INNER = ("paragraphs", "qas", "qa_pairs", "questions", "examples")
