"""MT-bench (FastChat): judgments of single answers and of pairs."""

import math
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row, Scale
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of

NAME = "MT-bench"
LOOKS_FOR = "records with question_id, judge and score, or question_id, choices and model_id"


def recognise(content: Content) -> bool:
    """Whether these are judgments, or answers to be judged."""
    rows = content.rows
    if not rows or "question_id" not in rows[0]:
        return False
    keys = rows[0].keys()
    return (
        {"model", "judge", "score"} <= keys
        or {"model_1", "model_2", "judge"} <= keys
        or ("choices" in keys and "model_id" in keys)
    )


def read(content: Content, options: ReadOptions) -> Draft:
    """Single answers: the scores 1 to 10 of each question and turn.

    A question is an item in each turn. −1 (`$ERROR$`) is no verdict; of several valid ones of the
    same answer the last counts, since the judge is asked again after an error. Pairs: a win is 1,
    a tie or two verdicts that differ one half.

    Raises:
        UserError: (a ValueError) on answers without judgments.
    """
    first = content.rows[0]
    if "choices" in first:
        raise no_scores(content.path, "answers without judgments", "Run `gen_judgment.py` on them.")
    if "model_1" in first:
        rows = [row for record in content.rows for row in _pair(record)]
        return Draft(tuple(rows), picks=("judge",))
    last: dict[tuple[str, str, str, str], Row] = {}
    failed = 0
    for record in content.rows:
        number = score_of(record.get("score"))
        valid = number is not None and number >= 0
        failed += not valid
        row = Row(
            text_of(record["question_id"]),
            {"score": number if valid and number is not None else math.nan},
            model=str(record.get("model")),
            task=f"turn {text_of(record.get('turn', 1))}",
            facets={"judge": _judge(record)},
        )
        key = (str(row.model), row.task, row.item, row.facets["judge"])
        if valid or key not in last:
            last[key] = row
    still = sum(math.isnan(row.metrics["score"]) for row in last.values())
    notes = (
        f"{failed} verdicts failed ($ERROR$), {still} of them were never repeated and are missing",
    )
    return Draft(
        tuple(last.values()),
        picks=("judge",),
        scales={"score": Scale(1.0, 10.0)},
        notes=notes if failed else (),
    )


def _judge(record: dict[str, Any]) -> str:
    """The judge's name; its prompt differs by turn and kind of question and is left out."""
    judge = record.get("judge")
    return str(judge[0]) if isinstance(judge, list) and judge else str(judge)


def _pair(record: dict[str, Any]) -> list[Row]:
    first, second = record.get("g1_winner"), record.get("g2_winner", record.get("g1_winner"))
    if "error" in (first, second):
        wins = {"model_1": math.nan, "model_2": math.nan}
    elif first == second and first in ("model_1", "model_2"):
        wins = {"model_1": float(first == "model_1"), "model_2": float(first == "model_2")}
    else:
        wins = {"model_1": 0.5, "model_2": 0.5}
    return [
        Row(
            text_of(record["question_id"]),
            {"win_rate": wins[side]},
            model=str(record[side]),
            task=f"turn {text_of(record.get('turn', 1))}",
            facets={"judge": _judge(record)},
        )
        for side in ("model_1", "model_2")
    ]
