"""Matrices of models and items, both ways round."""

import math
from collections.abc import Sequence

from eval_predict.data.readers import columns
from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.table_rows import (
    Table,
    name_in,
    no_scores_column,
    number_in,
    observed_scales,
    shown,
)
from eval_predict.data.readers.values import score_of
from eval_predict.errors import UserError

_ONE_SCALE = 20.0  # as far as the largest scores of two models may lie apart


def read_wide(content: Content, table: Table) -> Draft:
    """A matrix: one column names the rows, the others are scores.

    Rows are models or items by the name of that column (`model`, `question` …), else the longer
    side is the items, which is said. Columns that sum up others are left out.

    Raises:
        UserError: (a ValueError) on a table without names or scores, and columns of metrics.
    """
    numbers = [name for name in table.header if table.is_scores(name)]
    names = [name for name in table.header if name not in numbers]
    by_name = columns.first_of((*columns.MODEL, *columns.ITEM), table.header)
    label = by_name or next(
        (name for name in names if len(set(map(str, table.column(name)))) == len(table.rows)), None
    )
    if label is None and table.header[0] in ("", "index"):
        label = table.header[0]
    scores = [
        name
        for name in numbers
        if name != label and not columns.is_summary(name) and not columns.is_measure(name)
    ]
    if label is None:
        if scores and len(scores) == len(table.header):
            raise UserError(
                where=content.path,
                got=f"{len(scores)} columns of numbers and no ids ({shown(scores)})",
                expected="a column that names the items or the models",
                fix="If each row is an item and the columns are metrics, say --item row.",
            )
        raise no_scores_column(content, table)
    if not scores:
        raise no_scores_column(content, table)
    if columns.plain(label) in columns.MODEL and all(map(columns.is_metric, scores)):
        raise no_scores(
            content.path,
            f"averages of {len(table.rows)} models ({shown(scores)})",
            "Give the models' results on single items.",
        )
    if all(map(columns.is_metric, scores)):
        raise UserError(
            where=content.path,
            field="item",
            got=f"columns of metrics ({shown(scores)}), and none that is known to name the items",
            expected="a column that names the items",
            fix=f"Name it with --item, such as --item {label!r}, or say --item row.",
        )
    _refuse_mixed(content, table, scores)
    return _matrix(content, table, label, scores)


def _refuse_mixed(content: Content, table: Table, scores: Sequence[str]) -> None:
    """Models' columns have one scale: lengths beside shares are metrics of one model."""
    tops = {}
    for name in scores:
        values = [score_of(value) for value in table.column(name)]
        sizes = [abs(value) for value in values if value is not None and not math.isnan(value)]
        tops[name] = max(sizes, default=0.0)
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


def _matrix(content: Content, table: Table, label: str, scores: list[str]) -> Draft:
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
        notes.append(f"{content.path.name}: columns that are no scores: {shown(left)}")
    rows = []
    for record in table.rows:
        name = name_in(content, record, label)
        for score in scores:
            model, item = (name, score) if rows_are_models else (score, name)
            rows.append(Row(item, {"score": number_in(content, record, score)}, model=model))
    repeats = len(table.rows) - len({name_in(content, row, label) for row in table.rows})
    if repeats:
        raise UserError(
            where=content.path,
            field=label or "the first column",
            got=f"{repeats} names repeat",
            expected="each row once",
        )
    return Draft(tuple(rows), scales=observed_scales(rows), notes=tuple(notes))
