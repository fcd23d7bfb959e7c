"""Tables of any kind: tidy (a row a model and item), or wide (models × items, both ways round)."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from eval_predict.data.readers import columns
from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row, Scale
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of
from eval_predict.errors import UserError, nearest

NAME = "a table"
LOOKS_FOR = "columns model, item and score, or a matrix of models and items"

_ONE_SCALE = 20.0  # as far as the largest scores of two models may lie apart
_SAMPLE = 200  # rows that say what a column holds


def recognise(content: Content) -> bool:
    """Whether it has columns: CSV, TSV, Parquet, or flat records of JSON."""
    if content.kind in ("cells", "parquet"):
        return True
    return _is_flat(content.rows) or bool(_records_in(content)) or bool(_nested(content))


def read(content: Content, options: ReadOptions) -> Draft:
    """A tidy table or a wide matrix, by its columns.

    Raises:
        UserError: (a ValueError) on a table without rows or scores, averages, a leaderboard, rows
            that repeat, and rows without ids (`--item row` takes their numbers).
    """
    table = _load(content)
    if not table.rows:
        raise no_scores(content.path, "no rows, only a header", "Give a table with results.")
    _refuse_summaries(content, table)
    if options.item == ("row",):
        return _rows_as_items(content, table)
    item = columns.first_of(columns.ITEM, table.header)
    known = [name for name in table.header if columns.plain(name) in columns.METRIC]
    if options.item or (item and known):
        return _tidy(content, table, options)
    _refuse_misspelt(content, table.header)
    return _wide(content, table)


def _is_flat(rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(rows) and all(
        not isinstance(value, dict | list) for row in rows[:20] for value in row.values()
    )


def _records_in(content: Content) -> list[dict[str, Any]]:
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
        {key: each for key, each in row.items() if not isinstance(each, dict | list)}
        for row in lists[0]
    ]
    names = tuple(dict.fromkeys(key for row in rows for key in row))
    if not columns.first_of(columns.ITEM, names) or not columns.first_of(columns.SCORE, names):
        return []
    name = next((value[key] for key in ("model", "model_name") if key in value), None)
    if isinstance(name, str) and not columns.first_of(columns.MODEL, names):
        rows = [{"model": name, **row} for row in rows]
    return rows


def _nested(content: Content) -> list[dict[str, Any]]:
    """`{model: {item: score}}`, or the other way round, as rows of a matrix."""
    value = content.mapping
    rows = [part for part in value.values() if isinstance(part, dict)]
    if len(rows) < 2 or len(rows) != len(value):
        return []
    cells = [cell for row in rows for cell in row.values()]
    if not cells or any(isinstance(c, dict | list) or score_of(c) is None for c in cells):
        return []
    return [{"": name, **row} for name, row in value.items()]


class _Table(NamedTuple):
    header: tuple[str, ...]
    rows: list[Mapping[str, Any]]

    def column(self, name: str) -> list[Any]:
        return [row.get(name) for row in self.rows]

    def is_scores(self, name: str) -> bool:
        """Whether the column holds scores, and at least one of them."""
        values = [score_of(row.get(name)) for row in self.rows[:_SAMPLE]]
        return all(value is not None for value in values) and any(
            value is not None and not math.isnan(value) for value in values
        )


def _load(content: Content) -> _Table:
    if content.kind == "cells":
        header = content.header
        _refuse_repeated(content, header)
        return _Table(header, [dict(zip(header, row, strict=True)) for row in content.cells])
    if content.kind == "parquet":
        _refuse_repeated(content, content.header)
        return _Table(content.header, content.table(content.header).to_pylist())
    rows = list(content.rows) if _is_flat(content.rows) else []
    rows = rows or _records_in(content) or _nested(content)
    names = dict.fromkeys(key for row in rows for key in row)
    return _Table(tuple(names), list(rows))


def _refuse_repeated(content: Content, header: tuple[str, ...]) -> None:
    name, count = Counter(header).most_common(1)[0] if header else ("", 0)
    if count > 1:
        raise UserError(
            where=content.path,
            field=name or "the header",
            got=f"{count} columns of that name",
            expected="each column once",
        )


def _refuse_summaries(content: Content, table: _Table) -> None:
    names = {columns.plain(name) for name in table.header}
    item = columns.first_of(columns.ITEM, table.header)
    if "metric" in names and names & {"average", "mean", "avg"}:
        raise no_scores(
            content.path, "averages, one row a metric", "Give the table of single results."
        )
    benchmarks = [name for name in names if name.split("_")[0] in columns.BENCHMARKS]
    summaries = [name for name in table.header if columns.is_summary(name)]
    several = len(benchmarks) > 1 and _has_fractions(table)
    known = columns.first_of(columns.SCORE, table.header)
    if not item and not known and (summaries or several):
        raise no_scores(
            content.path,
            f"a leaderboard: averages of {len(table.rows)} models",
            "Give the models' results on single items.",
        )


def _refuse_misspelt(content: Content, header: tuple[str, ...]) -> None:
    """Two columns of a tidy table show that one was meant: the third has another name."""
    absent = [name for name in ("model", "item", "score") if name not in header]
    if len(absent) == 1:
        guess = nearest(absent[0], header)
        raise UserError(
            where=content.path,
            field=absent[0],
            got=f"no such column (found: {_shown(header)})",
            expected="the columns model, item, score, each once",
            fix=f'Did you mean "{guess}"? Rename it to "{absent[0]}".' if guess else None,
        )


def _has_fractions(table: _Table) -> bool:
    numbers = [score_of(value) for row in table.rows[:20] for value in row.values()]
    return any(number is not None and not float(number).is_integer() for number in numbers)


def _rows_as_items(content: Content, table: _Table) -> Draft:
    metrics = [name for name in table.header if table.is_scores(name)]
    if not metrics:
        raise _no_scores_column(content, table)
    rows = tuple(
        Row(str(number), {name: _number(content, row, name) for name in metrics})
        for number, row in enumerate(table.rows, start=1)
    )
    return Draft(rows, prefer=tuple(metrics), scales=_scales(rows))


def _tidy(content: Content, table: _Table, options: ReadOptions) -> Draft:
    header = table.header
    model = columns.first_of(columns.MODEL, header)
    metric = columns.first_of(("metric",), header)
    judge = columns.first_of(columns.JUDGE, header)
    roles = {
        "task": columns.first_of(columns.TASK, header),
        "epoch": columns.first_of(columns.REPEAT, header),
        "judge": judge if judge != model else None,
        "split": columns.first_of(columns.SPLIT, header),
    }
    taken = {model, metric, *roles.values()}
    item = options.item or (columns.first_of(columns.ITEM, header) or "",)
    for name in item:
        if name not in header:
            raise _no_column(content, header, name)
    scores = _score_columns(content, table, {*taken, *item}, options)
    key, note = _item_key(content, table, model, item, [*roles.values(), metric], scores, options)
    rows = []
    for record in table.rows:
        values = {name: _number(content, record, name) for name in scores}
        if metric is not None:
            values = {text_of(record.get(metric)): values[scores[0]]}
        task = roles["task"] if roles["task"] not in key else None
        rows.append(
            Row(
                " × ".join(_name(content, record, name) for name in key),
                values,
                model=_name(content, record, model) if model else None,
                task=text_of(record.get(task) or "") if task else "",
                facets={
                    facet: text_of(record.get(name))
                    for facet, name in roles.items()
                    if name and facet != "task" and record.get(name) not in (None, "")
                },
                cluster=_cluster(content, header, record, options.cluster),
            )
        )
    return Draft(
        tuple(rows),
        prefer=tuple(scores) if metric is None else (),
        picks=("judge",),
        scales=_scales(rows),
        notes=note,
    )


def _score_columns(
    content: Content, table: _Table, taken: set[str | None], options: ReadOptions
) -> list[str]:
    """Columns of scores, those with a score's name first."""
    asked = {text.rpartition("=")[2].split(",")[0] for text in options.metrics}
    found = [name for name in table.header if name not in taken and table.is_scores(name)]
    named = [
        name for wanted in columns.SCORE if (name := columns.first_of((wanted,), found)) is not None
    ]
    more = [name for name in found if columns.plain(name) in columns.METRIC or name in asked]
    kept = list(dict.fromkeys([*named, *more]))
    if not kept:
        raise _no_scores_column(content, table)
    return kept


def _item_key(
    content: Content,
    table: _Table,
    model: str | None,
    item: Sequence[str],
    others: Sequence[str | None],
    scores: Sequence[str],
    options: ReadOptions,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that name an item: rows that are left over must be repeats."""
    apart = [name for name in (model, *others) if name]
    most = _most_rows(table, [*apart, *item])
    if most == 1:
        return tuple(item), ()
    rest = [name for name in table.header if name not in {*apart, *item, *scores}]
    if not options.item:
        for name in rest:
            if columns.plain(name) in columns.POSITION:
                continue
            if _most_rows(table, [*apart, *item, name]) == 1 and _same_for_all(
                table, model, [*item, name]
            ):
                note = f"{content.path.name}: an item is {' × '.join((*item, name))}, since"
                return (*item, name), (f"{note} {item[0]} alone has {most} rows a model",)
    raise UserError(
        where=content.path,
        field=", ".join(item),
        got=f"{most} rows an item" + (" of one model" if model else ""),
        expected="one row a model and an item, or a column run, seed or trial for repeats",
        fix="Name the columns that make an item: --item prompt_id,author, for example.",
    )


def _most_rows(table: _Table, key: Sequence[str]) -> int:
    counts = Counter(tuple(str(row.get(name)) for name in key) for row in table.rows)
    return max(counts.values())


def _same_for_all(table: _Table, model: str | None, key: Sequence[str]) -> bool:
    if model is None:
        return True
    items: dict[str, set[tuple[str, ...]]] = {}
    for row in table.rows:
        items.setdefault(str(row.get(model)), set()).add(tuple(str(row.get(name)) for name in key))
    return len({frozenset(each) for each in items.values()}) == 1


def _wide(content: Content, table: _Table) -> Draft:
    numbers = [name for name in table.header if table.is_scores(name)]
    names = [name for name in table.header if name not in numbers]
    by_name = columns.first_of((*columns.MODEL, *columns.ITEM), table.header)
    label = by_name or next(
        (name for name in names if len(set(map(str, table.column(name)))) == len(table.rows)), None
    )
    if label is None and table.header[0] in ("", "index"):
        label = table.header[0]
    scores = [name for name in numbers if name != label and not columns.is_summary(name)]
    if label is None:
        if scores and len(scores) == len(table.header):
            raise UserError(
                where=content.path,
                got=f"{len(scores)} columns of numbers and no ids ({_shown(scores)})",
                expected="a column that names the items or the models",
                fix="If each row is an item and the columns are metrics, say --item row.",
            )
        raise _no_scores_column(content, table)
    if not scores:
        raise _no_scores_column(content, table)
    _refuse_mixed(content, table, scores)
    return _matrix(content, table, label, scores)


def _refuse_mixed(content: Content, table: _Table, scores: Sequence[str]) -> None:
    """Models' columns have one scale: lengths beside shares are metrics of one model."""
    tops = {}
    for name in scores:
        values = [score_of(value) for value in table.column(name)]
        known = [abs(value) for value in values if value is not None and not math.isnan(value)]
        tops[name] = max(known, default=0.0)
    low, high = min(tops, key=tops.__getitem__), max(tops, key=tops.__getitem__)
    if tops[high] > 1 and tops[high] > _ONE_SCALE * max(tops[low], 1.0):
        raise UserError(
            where=content.path,
            field=high,
            got=f"up to {tops[high]:g}, and {low} up to {tops[low]:g}",
            expected="columns of models on one scale",
            fix="If the columns are metrics of one model, name one with --metric and the items'"
            " column with --item.",
        )


def _matrix(content: Content, table: _Table, label: str, scores: list[str]) -> Draft:
    if columns.plain(label) in columns.MODEL:
        rows_are_models, why = True, ""
    elif columns.plain(label) in columns.ITEM:
        rows_are_models, why = False, ""
    else:
        rows_are_models = len(table.rows) < len(scores)
        why = (
            f"{content.path.name}: rows are taken as {'models' if rows_are_models else 'items'},"
            f" since there are {len(table.rows)} of them and {len(scores)} columns"
        )
    left = [name for name in table.header if name != label and name not in scores]
    notes = [why] if why else []
    if left:
        notes.append(f"{content.path.name}: columns that are no scores: {_shown(left)}")
    rows = []
    for record in table.rows:
        name = _name(content, record, label)
        for score in scores:
            model, item = (name, score) if rows_are_models else (score, name)
            rows.append(Row(item, {"score": _number(content, record, score)}, model=model))
    repeats = len(table.rows) - len({_name(content, row, label) for row in table.rows})
    if repeats:
        raise UserError(
            where=content.path,
            field=label or "the first column",
            got=f"{repeats} names repeat",
            expected="each row once",
        )
    return Draft(tuple(rows), scales=_scales(rows), notes=tuple(notes))


def _number(content: Content, record: Mapping[str, Any], name: str) -> float:
    number = score_of(record.get(name))
    if number is None:
        raise UserError(
            where=content.path,
            field=name,
            got=repr(record.get(name))[:60],
            expected="a number, True, False, C or I, or an empty cell",
        )
    return number


def _name(content: Content, record: Mapping[str, Any], name: str) -> str:
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


def _scales(rows: Sequence[Row]) -> dict[str, Scale]:
    """The observed range of a metric that leaves 0 to 1."""
    bounds: dict[str, tuple[float, float]] = {}
    for name, value in _values(rows):
        low, high = bounds.get(name, (value, value))
        bounds[name] = min(low, value), max(high, value)
    return {name: Scale(low, high) for name, (low, high) in bounds.items() if low < 0 or high > 1}


def _values(rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    for row in rows:
        for name, value in row.metrics.items():
            if not math.isnan(value):
                yield name, value


def _cluster(
    content: Content, header: Sequence[str], record: Mapping[str, Any], name: str | None
) -> str | None:
    if name is None:
        return None
    if name not in header:
        raise _no_column(content, header, name)
    value = record.get(name)
    return None if value is None else text_of(value)


def _no_column(content: Content, header: Sequence[str], name: str) -> UserError:
    guess = nearest(name, header)
    return UserError(
        where=content.path,
        field=name,
        got=f"no such column (found: {_shown(header)})",
        expected="a column of the table",
        fix=f'Did you mean "{guess}"?' if guess else None,
    )


def _no_scores_column(content: Content, table: _Table) -> UserError:
    return UserError(
        where=content.path,
        got=f"no column of scores (found: {_shown(table.header)})",
        expected="columns model, item and score, or a matrix of models and items",
        fix="Name the column with --metric, and the items' with --item.",
    )


def _shown(names: Sequence[str]) -> str:
    few = ", ".join(name[:40] or '""' for name in names[:8])
    return few + (f", … {len(names)} in all" if len(names) > 8 else "")
