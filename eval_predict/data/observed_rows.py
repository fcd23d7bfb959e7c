"""The values in rows of observed scores: which rows count, and what each of them says."""

import math
from collections import Counter
from typing import Any

from numpy.typing import NDArray

from eval_predict.data.completeness import Completed, check_complete
from eval_predict.data.readers.columns import REPEAT, first_of
from eval_predict.errors import UserError, nearest

_TOO_LARGE = 2**31  # for the number of a stage or of a row


def rows_of_model(
    where: str, rows: list[dict[str, Any]], model: str | None
) -> list[dict[str, Any]]:
    """The rows of one model; all of them where they name at most one.

    Raises:
        UserError: several models of which none was named, or none of that name.
    """
    models = dict.fromkeys(str(row["model"]) for row in rows if row.get("model") is not None)
    if model is None and len(models) < 2:
        return rows
    if model in models:
        return [row for row in rows if str(row.get("model")) == model]
    guess = nearest(model, models) if model else None
    raise UserError(
        where=where,
        field="model",
        got=f'no rows of "{model}"' if model else f"{len(models)} models",
        expected=f"one of {', '.join(list(models)[:8])}" if models else "a column model",
        fix=f'Did you mean "{guess}"?' if guess else "Name one (option --model).",
    )


def run_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a draw that has an order, without those that were not run yet."""
    if not all("order" in row and "drawn" in row for row in rows):
        return rows
    run = [row for row in rows if row.get("score") is not None]
    return run or rows


def completed(
    where: str, rows: list[dict[str, Any]], probability_n: NDArray[Any], stage_n: NDArray[Any]
) -> Completed:
    """The probabilities, checked against the size of each draw where the rows tell it."""
    if not all("order" in row and "drawn" in row for row in rows):
        return Completed(probability_n, ())
    order_n = [_whole(where, row, "order", 0) for row in rows]
    drawn_n = [_whole(where, row, "drawn", 1) for row in rows]
    try:
        return check_complete(probability_n, stage_n, order_n, drawn_n)
    except UserError as error:
        raise UserError(
            where=where, field=error.field, got=error.got, expected=error.expected, fix=error.fix
        ) from error


def item_name(where: str, row: dict[str, Any]) -> str:
    """The name of a row's item.

    Raises:
        UserError: it has none.
    """
    item = row.get("item")
    if isinstance(item, bool) or not isinstance(item, str | int) or item == "":
        raise UserError(where=where, field="item", got=repr(item), expected="an item's name")
    return str(item)


def averaged(where: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row an item; its repeats count by their mean where a column tells them apart."""
    counts = Counter(item_name(where, row) for row in rows)
    repeated = {item: count for item, count in counts.items() if count > 1}
    if not repeated:
        return rows
    trial = first_of(REPEAT, list(dict.fromkeys(key for row in rows for key in row)))
    pairs = {(item_name(where, row), str(row.get(trial))) for row in rows if trial}
    if len(pairs) < len(rows):
        first, count = next(iter(repeated.items()))
        raise UserError(
            where=where,
            field="item",
            got=f'{len(repeated)} items repeat (first: "{first}", {count} times)',
            expected="one row an item, or a column trial that tells its repeats apart",
            fix="Number an item's repeats in a column trial to have them averaged.",
        )
    scores: dict[str, list[float]] = {}
    for row, score in zip(rows, scores_of(where, rows), strict=True):
        scores.setdefault(item_name(where, row), []).append(score)
    kept = {item_name(where, row): row for row in reversed(rows)}
    return [{**kept[item], "score": sum(trials) / len(trials)} for item, trials in scores.items()]


def scores_of(where: str, rows: list[dict[str, Any]]) -> list[float]:
    """The score of each row.

    Raises:
        UserError: one that is absent or not finite.
    """
    scores = [row.get("score") for row in rows]
    bad = [number for number, score in enumerate(scores) if not _is_finite(score)]
    if bad:
        first = rows[bad[0]]
        raise UserError(
            where=where,
            field="score",
            got=f"{len(bad)} of {len(rows)} not finite"
            f' (first: {first.get("score")} for item "{first["item"]}")',
            expected="a finite number for each item",
            fix="Run these items, and score an item that the model could not answer as wrong.",
        )
    return [float(score) for score in scores if score is not None]


def probability_of(where: str, row: dict[str, Any]) -> float:
    """The inclusion probability of a row's item; nan for an item that was chosen.

    Raises:
        UserError: it is not in (0, 1].
    """
    value = row.get("probability")
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return math.nan
    if not _is_finite(value) or not 0 < value <= 1:
        raise UserError(
            where=where,
            field="probability",
            got=f'{value} for item "{row["item"]}"',
            expected="a number above 0 and up to 1, or nothing for an item that was chosen",
        )
    return float(value)


def stage_of(where: str, row: dict[str, Any]) -> int:
    """The number of the stage that drew a row's item; 0 where the row has none.

    Raises:
        UserError: it is no whole number.
    """
    return 0 if row.get("stage") is None else _whole(where, row, "stage", 0)


def _whole(where: str, row: dict[str, Any], column: str, least: int) -> int:
    value: Any = row.get(column)
    if not _is_finite(value) or not least <= value < _TOO_LARGE or value != int(value):
        raise UserError(
            where=where,
            field=column,
            got=f'{value} for item "{row["item"]}"',
            expected=f"a whole number from {least}, as `select` wrote it",
        )
    return int(value)


def _is_finite(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False
