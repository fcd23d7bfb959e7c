"""A new model's own log as its observed scores: by the history's names of the items."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.readers import Reading
from eval_predict.errors import UserError, nearest


def of_log(
    logs: Sequence[Path], reading: Reading, matrix: ScoreMatrix, model: str | None
) -> dict[str, float]:
    """One model's scores by item, as the history names it: with its task or without.

    Raises:
        UserError: (a ValueError) on several models of which none was named, or another.
    """
    names = list(reading.models)
    if model is None and len(names) == 1:
        model = names[0]
    if model not in names:
        guess = nearest(model, names) if model else None
        raise UserError(
            where=", ".join(map(str, logs)),
            field="model",
            got=f'no results of "{model}"' if model else f"{len(names)} models",
            expected=f"one of {', '.join(names[:8])}",
            fix=f'Did you mean "{guess}"?' if guess else "Name one (option --model).",
        )
    known = set(matrix.items)
    ends = {item.rpartition("/")[2]: item for item in matrix.items}
    unique_ends = len(ends) == len(matrix.items)
    scores = {}
    tasks = reading.tasks or [""] * len(reading.items)
    row = reading.matrix.dense_MN()[names.index(model)]
    for item, task, score in zip(reading.items, tasks, row.tolist(), strict=True):
        if math.isnan(score):
            continue
        plain = item.removeprefix(f"{task}/") if task else item
        name = next((each for each in (item, plain) if each in known), None)
        if name is None and unique_ends:
            name = ends.get(plain)
        scores[name or item] = score
    return scores


def join(where: str, rows: list[dict[str, Any]], logs: dict[str, float]) -> list[dict[str, Any]]:
    """Rows of `select` with the scores of logs where they have none; the logs' own without rows.

    Of a log's items only those that were selected are taken, where there are rows of `select`:
    the others have no probability.

    Raises:
        UserError: (a ValueError) on rows without a column `score`, and no log beside them.
    """
    if not rows:
        return [{"item": item, "score": score} for item, score in logs.items()]
    if not logs:
        for row in rows:
            if "score" not in row:
                raise _no_score(where, rows)
        return rows
    return [
        row if row.get("score") is not None else {**row, "score": logs.get(str(row.get("item")))}
        for row in rows
    ]


def _no_score(where: str, rows: list[dict[str, Any]]) -> UserError:
    found = dict.fromkeys(key for row in rows for key in row)
    return UserError(
        where=where,
        field="score",
        got=f"no such column (found: {', '.join(found)})",
        expected="rows with item and score",
        fix="Run the items and fill it in.",
    )
