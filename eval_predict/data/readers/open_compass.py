"""OpenCompass: `results/MODEL/DATASET.json` with details."""

import math
from collections.abc import Iterator
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of

NAME = "OpenCompass"
LOOKS_FOR = "an object with details of correct, or predictions numbered from 0"


def recognise(content: Content) -> bool:
    """Whether this is the results of a dataset, or the predictions before them."""
    value = content.mapping
    return any(True for _ in _details(value)) or _is_predictions(value) or _is_average(value)


def read(content: Content, options: ReadOptions) -> Draft:
    """One model by the folder's name, one task by the file's: `correct` of each question.

    Raises:
        UserError: (a ValueError) on predictions, and results without details.
    """
    value = content.mapping
    details = list(_details(value))
    if not details:
        if _is_average(value):
            raise no_scores(
                content.path,
                "averages of a dataset",
                "Run the evaluation again with --dump-eval-details.",
            )
        raise no_scores(
            content.path,
            "predictions without scores",
            "Run `opencompass` in mode eval with --dump-eval-details, and give its results/.",
        )
    task = content.path.name.removesuffix(".json")
    rows = []
    for item, record in details:
        # Some datasets wrap each verdict in a list, one entry a sample.
        given = record.get("correct", record.get("is_correct", record.get("score")))
        values = given if isinstance(given, list) else [given]
        for number, part in enumerate(values, start=1):
            score = score_of(part)
            rows.append(
                Row(
                    item,
                    {"correct": math.nan if score is None else score},
                    task=task,
                    facets={"epoch": str(number)},
                )
            )
    return Draft(tuple(rows), model=content.path.resolve().parent.name)


def _details(value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    details = value.get("details")
    if isinstance(details, list):
        pairs = [(str(number), record) for number, record in enumerate(details)]
    elif isinstance(details, dict):
        pairs = [(str(key), record) for key, record in details.items() if key != "type"]
    else:
        return
    for key, record in pairs:
        if isinstance(record, dict) and record.keys() & {"correct", "is_correct"}:
            yield key, record


def _is_predictions(value: dict[str, Any]) -> bool:
    first = value.get("0")
    return isinstance(first, dict) and "prediction" in first and "origin_prompt" in first


def _is_average(value: dict[str, Any]) -> bool:
    numbers = [name for name, part in value.items() if isinstance(part, int | float)]
    metrics = {"accuracy", "score", "em", "exact_match", "pass@1", "humaneval_pass@1"}
    return bool(metrics & set(numbers)) and not value.keys() & {"config", "results", "model"}
