"""Rows and columns of a table, from whatever kind of file has them."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from eval_predict.data.readers import columns
from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Row, Scale
from eval_predict.data.readers.values import score_of, text_of
from eval_predict.errors import UserError

_SAMPLE = 200  # rows that say what a column holds


class Table(NamedTuple):
    """Columns and rows, whatever the file."""

    header: tuple[str, ...]
    rows: list[Mapping[str, Any]]

    def column(self, name: str) -> list[Any]:
        """The cells of one column."""
        return [row.get(name) for row in self.rows]

    def is_scores(self, name: str) -> bool:
        """Whether the column holds scores, and at least one of them."""
        values = [score_of(row.get(name)) for row in self.rows[:_SAMPLE]]
        return all(value is not None for value in values) and any(
            value is not None and not math.isnan(value) for value in values
        )


def is_flat(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether records hold no lists and no objects."""
    return bool(rows) and all(
        not isinstance(value, dict | list) for row in rows[:20] for value in row.values()
    )


def records_in(content: Content) -> list[dict[str, Any]]:
    """The one list of results in a JSON object, with the model that stands beside it."""
    value = content.mapping
    lists = [
        part
        for part in value.values()
        if isinstance(part, list) and part and all(isinstance(row, dict) for row in part)
    ]
    if len(lists) != 1:
        return []
    rows = [
        {key: cell for key, cell in row.items() if not isinstance(cell, dict | list)}
        for row in lists[0]
    ]
    names = tuple(dict.fromkeys(key for row in rows for key in row))
    if not columns.first_of(columns.ITEM, names) or not columns.first_of(columns.SCORE, names):
        return []
    name = next((value[key] for key in ("model", "model_name") if key in value), None)
    if isinstance(name, str) and not columns.first_of(columns.MODEL, names):
        rows = [{"model": name, **row} for row in rows]
    return rows


def nested_scores(content: Content) -> list[dict[str, Any]]:
    """`{model: {item: score}}`, or the other way round, as rows of a matrix."""
    value = content.mapping
    rows = [part for part in value.values() if isinstance(part, dict)]
    if len(rows) < 2 or len(rows) != len(value):
        return []
    cells = [cell for row in rows for cell in row.values()]
    if not cells or any(isinstance(c, dict | list) or score_of(c) is None for c in cells):
        return []
    return [{"": name, **row} for name, row in value.items()]


def split_rows(content: Content) -> list[dict[str, Any]]:
    """`{"columns": […], "data": [[…], …]}`, as pandas, MLflow and W&B write tables."""
    names, data = content.mapping.get("columns"), content.mapping.get("data")
    if not isinstance(names, list) or not isinstance(data, list) or not names:
        return []
    header = [str(name) for name in names]
    if not all(isinstance(row, list) and len(row) == len(header) for row in data):
        return []
    return [dict(zip(header, row, strict=True)) for row in data]


def load_rows(content: Content) -> Table:
    """The rows of CSV, Parquet or JSON.

    Raises:
        UserError: (a ValueError) on two columns of one name.
    """
    if content.kind == "cells":
        header = content.header
        _refuse_repeated(content, header)
        return Table(header, [dict(zip(header, row, strict=True)) for row in content.cells])
    if content.kind == "parquet":
        _refuse_repeated(content, content.header)
        return Table(content.header, content.table(content.header).to_pylist())
    rows = list(content.rows) if is_flat(content.rows) else []
    rows = rows or split_rows(content) or records_in(content) or nested_scores(content)
    names = dict.fromkeys(key for row in rows for key in row)
    return Table(tuple(names), list(rows))


def number_in(content: Content, record: Mapping[str, Any], name: str) -> float:
    """A cell as a score, NaN where it is empty.

    Raises:
        UserError: (a ValueError) on a cell that is none.
    """
    number = score_of(record.get(name))
    if number is None:
        raise UserError(
            where=content.path,
            field=name,
            got=repr(record.get(name))[:60],
            expected="a number, True, False, C or I, or an empty cell",
        )
    return number


def name_in(content: Content, record: Mapping[str, Any], name: str) -> str:
    """A cell as a name.

    Raises:
        UserError: (a ValueError) on an empty one.
    """
    value = record.get(name)
    if value is None or value == "":
        raise UserError(
            where=content.path,
            field=name or "the first column",
            got="an empty cell",
            expected="a name in each row",
            fix="Drop these rows or fill them in.",
        )
    return text_of(value)


def observed_scales(rows: Sequence[Row]) -> dict[str, Scale]:
    """The observed range of a metric that leaves 0 to 1."""
    bounds: dict[str, tuple[float, float]] = {}
    for name, value in _values(rows):
        low, high = bounds.get(name, (value, value))
        bounds[name] = min(low, value), max(high, value)
    return {
        name: Scale(low, high, stated=False)
        for name, (low, high) in bounds.items()
        if low < 0 or high > 1
    }


def no_scores_column(content: Content, table: Table) -> UserError:
    """The error of a table without a column of scores."""
    return UserError(
        where=content.path,
        got=f"no column of scores (found: {shown(table.header)})",
        expected="columns model, item and score, or a matrix of models and items",
        fix="Name the column with --metric, and the items' with --item.",
    )


def shown(names: Sequence[str]) -> str:
    """A few names, and how many there are: a matrix may have thousands."""
    few = ", ".join(name[:40] or '""' for name in names[:8])
    return few + (f", … {len(names)} in all" if len(names) > 8 else "")


def _refuse_repeated(content: Content, header: tuple[str, ...]) -> None:
    name, count = Counter(header).most_common(1)[0] if header else ("", 0)
    if count > 1:
        raise UserError(
            where=content.path,
            field=name or "the header",
            got=f"{count} columns of that name",
            expected="each column once",
        )


def _values(rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    for row in rows:
        for name, value in row.metrics.items():
            if not math.isnan(value):
                yield name, value
