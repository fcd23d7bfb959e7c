"""A new model's own log as its observed scores: by the history's names of the items."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.readers import Reading
from eval_predict.errors import UserError, nearest


class LogScores(NamedTuple):
    """One model's scores by the history's names of the items, and what looks wrong."""

    scores: dict[str, float]
    warnings: tuple[str, ...] = ()


def of_log(
    logs: Sequence[Path], reading: Reading, matrix: ScoreMatrix, model: str | None
) -> LogScores:
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
    history_items = set(matrix.items)
    ends = {item.rpartition("/")[2]: item for item in matrix.items}
    unique_ends = len(ends) == len(matrix.items)
    scores, sources = {}, {}
    tasks = reading.tasks or [""] * len(reading.items)
    row = reading.matrix.dense_MN()[names.index(model)]
    for item, task, score in zip(reading.items, tasks, row.tolist(), strict=True):
        if math.isnan(score):
            continue
        plain = item.removeprefix(f"{task}/") if task else item
        spellings = (item, plain, f"{task}/{plain}")
        name = next((spelling for spelling in spellings if spelling in history_items), None)
        if name is None and unique_ends:
            name = ends.get(plain)
        scores[name or item] = score
        sources[name or item] = item
    return LogScores(scores, _other_prompts(reading.matrix, matrix, sources))


def _other_prompts(
    log: ScoreMatrix, history: ScoreMatrix, sources: dict[str, str]
) -> tuple[str, ...]:
    """A warning where the texts show another task: numbers of documents fit any task.

    A chat template, or other examples, only add to a text.
    """
    of_history, of_the_log = _prompts(history), _prompts(log)
    pairs = [
        (theirs, mine)
        for name, item in sources.items()
        if (theirs := of_history.get(name)) and (mine := of_the_log.get(item))
    ]
    other = sum(mine not in theirs and theirs not in mine for theirs, mine in pairs)
    if not pairs or other <= len(pairs) / 2:
        return ()
    return (
        f"{other} of {len(pairs)} prompts differ from the history's: is it the same task, with the"
        " same examples before each question?",
    )


def _prompts(matrix: ScoreMatrix) -> dict[str, str | None]:
    if matrix.metadata is None or "prompt" not in matrix.metadata.column_names:
        return {}
    table = matrix.metadata
    return dict(zip(table["item"].to_pylist(), table["prompt"].to_pylist(), strict=True))


def join(where: str, rows: list[dict[str, Any]], logs: dict[str, float]) -> list[dict[str, Any]]:
    """Rows of `select` with the scores of logs where they have none; the logs' own without rows.

    A plain table of item and score beside rows of `select` counts as a log. Of a log's items only
    those that were selected are taken, where there are rows of `select`: the others have no
    probability.

    Raises:
        UserError: (a ValueError) on rows without a column `score`, and no log beside them.
    """
    if not rows:
        return [{"item": item, "score": score} for item, score in logs.items()]
    if not logs:
        rows, logs = _plain_scores(rows)
    if not logs:
        for row in rows:
            if "score" not in row:
                raise _no_score(where, rows)
        return rows
    return [
        row if row.get("score") is not None else {**row, "score": logs.get(str(row.get("item")))}
        for row in rows
    ]


def _plain_scores(
    rows: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Rows of `select`, and the scores of a plain table beside them; all rows where neither is."""
    drawn = [row for row in rows if "probability" in row]
    plain = [row for row in rows if "probability" not in row and row.get("score") is not None]
    unscored = any(row.get("score") is None for row in drawn)
    scores = {str(row.get("item")): row["score"] for row in plain}
    if not drawn or not unscored or len(drawn) + len(plain) != len(rows):
        return rows, {}
    return (drawn, scores) if len(scores) == len(plain) else (rows, {})


def _no_score(where: str, rows: list[dict[str, Any]]) -> UserError:
    found = dict.fromkeys(key for row in rows for key in row)
    return UserError(
        where=where,
        field="score",
        got=f"no such column (found: {', '.join(found)})",
        expected="rows with item and score",
        fix="Run the items and add a column score.",
    )
