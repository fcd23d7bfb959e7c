"""WildBench: scores of single answers, and rewards of pairs."""

import math
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row, Scale
from eval_predict.data.readers.values import score_of

NAME = "WildBench"
LOOKS_FOR = "records with session_id and model_test, or winner and extent"


def recognise(content: Content) -> bool:
    """Whether these are verdicts on answers of a session."""
    rows = content.rows
    if not rows or "session_id" not in rows[0]:
        return False
    keys = rows[0].keys()
    return "model_test" in keys or {"winner", "extent"} <= keys


def read(content: Content, options: ReadOptions) -> Draft:
    """Single answers: a score of 1 to 10. Pairs: a reward of −1, −½, 0, ½ or 1.

    Of a pair the model is the one that the file is named after, else both count, with opposite
    signs.
    """
    if "winner" in content.rows[0]:
        stem = content.path.name.removesuffix(".json")
        rows = [row for record in content.rows for row in _pair(record, stem)]
        return Draft(tuple(rows), prefer=("reward",), scales={"reward": Scale(-1.0, 1.0)})
    rows = [
        Row(
            str(record["session_id"]),
            {"score": _score(record)},
            model=str(record["model_test"]) if record.get("model_test") else None,
        )
        for record in content.rows
        if "session_id" in record
    ]
    return Draft(tuple(rows), scales={"score": Scale(1.0, 10.0)})


def _score(record: dict[str, Any]) -> float:
    parsed = record.get("parsed_result")
    given = record.get("score", parsed.get("score") if isinstance(parsed, dict) else None)
    number = score_of(given)
    return number if number is not None and number >= 0 else math.nan


def _pair(record: dict[str, Any], stem: str) -> list[Row]:
    pair = [str(record.get("model_A")), str(record.get("model_B"))]
    models = [name for name in pair if name.rpartition("/")[2] == stem] or pair
    winner, extent = record.get("winner"), score_of(record.get("extent"))
    size = math.nan if extent is None or not winner else extent / 2
    return [
        Row(
            str(record["session_id"]),
            {"reward": 0.0 if winner == "tie" else size if winner == name else -size},
            model=name,
        )
        for name in models
    ]
