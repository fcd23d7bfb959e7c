"""Tables of any kind: tidy rows of a model and an item, or a matrix of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from eval_predict.data.readers import columns
from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.runs import named_setting
from eval_predict.data.readers.table_rows import (
    Table,
    is_flat,
    load_rows,
    name_in,
    nested_scores,
    no_scores_column,
    number_in,
    observed_scales,
    records_in,
    shown,
    split_rows,
)
from eval_predict.data.readers.values import score_of, text_of
from eval_predict.data.readers.wide import read_wide
from eval_predict.errors import UserError, nearest

NAME = "a table"
LOOKS_FOR = "columns model, item and score, or a matrix of models and items"


def recognise(content: Content) -> bool:
    """Whether it has columns: CSV, TSV, Parquet, or flat records of JSON."""
    if content.kind in ("cells", "parquet"):
        return True
    found = split_rows(content) or records_in(content) or nested_scores(content)
    return is_flat(content.rows) or bool(found)


def read(content: Content, options: ReadOptions) -> Draft:
    """A tidy table or a wide matrix, by its columns.

    Raises:
        UserError: (a ValueError) on a table without rows or scores, averages, a leaderboard, rows
            that repeat, and rows without ids (`--item row` takes their numbers).
    """
    table = load_rows(content)
    if not table.rows or not table.header:
        raise no_scores(content.path, "no rows, only a header", "Give a table with results.")
    if not options.item:
        _refuse_summaries(content, table)
    if options.item == ("row",):
        return _rows_as_items(content, table)
    item = columns.first_of(columns.ITEM, table.header)
    metrics = [name for name in table.header if columns.is_metric(name)]
    if options.item or (item and metrics):
        return _tidy(content, table, options)
    _refuse_misspelt(content, table.header)
    return read_wide(content, table)


def _refuse_summaries(content: Content, table: Table) -> None:
    names = {columns.plain(name) for name in table.header}
    item = columns.first_of(columns.ITEM, table.header)
    if "metric" in names and (not item or names & {"average", "mean", "avg"}):
        raise no_scores(
            content.path, "averages, one row a metric", "Give the table of single results."
        )
    benchmarks = [name for name in names if name.split("_")[0] in columns.BENCHMARKS]
    summaries = [name for name in table.header if columns.is_summary(name)]
    several = len(benchmarks) > 1 and _has_fractions(table)
    score_column = columns.first_of(columns.SCORE, table.header)
    if not item and not score_column and (summaries or several):
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
            got=f"no such column (found: {shown(header)})",
            expected="the columns model, item, score, each once",
            fix=f'Did you mean "{guess}"? Rename it to "{absent[0]}".' if guess else None,
        )


def _has_fractions(table: Table) -> bool:
    numbers = [score_of(value) for row in table.rows[:20] for value in row.values()]
    return any(number is not None and not float(number).is_integer() for number in numbers)


def _rows_as_items(content: Content, table: Table) -> Draft:
    metrics = [name for name in table.header if table.is_scores(name)]
    if not metrics:
        raise no_scores_column(content, table)
    rows = tuple(
        Row(str(number), {name: number_in(content, row, name) for name in metrics})
        for number, row in enumerate(table.rows, start=1)
    )
    return Draft(rows, prefer=tuple(metrics), scales=observed_scales(rows))


def _tidy(content: Content, table: Table, options: ReadOptions) -> Draft:
    header = table.header
    model = columns.first_of(columns.MODEL, header)
    trace = columns.first_of(("traceid", "trace_id"), header)
    # Langfuse: a row a score, whose metric is its name.
    metric = columns.first_of(("metric", "name") if trace else ("metric",), header)
    judge = columns.first_of(columns.JUDGE, header)
    roles = {
        "task": columns.first_of(columns.TASK, header),
        "epoch": columns.first_of(columns.REPEAT, header),
        "judge": judge if judge != model else None,
        "split": columns.first_of(columns.SPLIT, header),
        "run": _run_column(header, options),
    }
    taken = {model, metric, *roles.values()}
    item = options.item or (trace or columns.first_of(columns.ITEM, header) or "",)
    for name in item:
        if name not in header:
            raise _no_column(content, header, name)
    scores = _score_columns(content, table, {*taken, *item}, options)
    key, note = _item_key(content, table, model, item, [*roles.values(), metric], scores, options)
    note += _other_scores(table, {*taken, *key, *scores}, options)
    rows = []
    for record in table.rows:
        values = {name: number_in(content, record, name) for name in scores}
        if metric is not None:
            values = {text_of(record.get(metric)): values[scores[0]]}
        task = roles["task"] if roles["task"] not in key else None
        rows.append(
            Row(
                " × ".join(name_in(content, record, name) for name in key),
                values,
                model=name_in(content, record, model) if model else None,
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
        scales=observed_scales(rows),
        notes=note,
    )


def _run_column(header: Sequence[str], options: ReadOptions) -> str | None:
    """The column that tells runs of a model apart: the one that was named, else by its name."""
    named = named_setting(options.runs)
    if named is None:
        return columns.first_of(columns.RUN, header)
    return named if named in header else None


def _score_columns(
    content: Content, table: Table, taken: set[str | None], options: ReadOptions
) -> list[str]:
    """Columns of scores, those with a score's name first."""
    requested = {text.rpartition("=")[2].split(",")[0] for text in options.metrics}
    found = [
        name
        for name in table.header
        if name not in taken
        and (name in requested or not columns.is_measure(name))
        and table.is_scores(name)
    ]
    named = [
        name for wanted in columns.SCORE if (name := columns.first_of((wanted,), found)) is not None
    ]
    more = [name for name in found if columns.is_metric(name) or name in requested]
    kept = list(dict.fromkeys([*named, *more]))
    if not kept:
        raise no_scores_column(content, table)
    return kept


def _other_scores(table: Table, used: set[str | None], options: ReadOptions) -> tuple[str, ...]:
    """Columns of numbers that are not named like scores, where the user chose none."""
    others = [
        name
        for name in table.header
        if name not in used
        and not columns.is_measure(name)
        and columns.plain(name) not in columns.POSITION
        and table.is_scores(name)
    ]
    if options.metrics or not others:
        return ()
    return (f"columns that --metric can take as well: {shown(others)}",)


def _item_key(
    content: Content,
    table: Table,
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


def _most_rows(table: Table, key: Sequence[str]) -> int:
    counts = Counter(tuple(str(row.get(name)) for name in key) for row in table.rows)
    return max(counts.values())


def _same_for_all(table: Table, model: str | None, key: Sequence[str]) -> bool:
    if model is None:
        return True
    items: dict[str, set[tuple[str, ...]]] = {}
    for row in table.rows:
        items.setdefault(str(row.get(model)), set()).add(tuple(str(row.get(name)) for name in key))
    return len({frozenset(names) for names in items.values()}) == 1


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
        got=f"no such column (found: {shown(header)})",
        expected="a column of the table",
        fix=f'Did you mean "{guess}"?' if guess else None,
    )
