"""lm-evaluation-harness: sample logs since 0.4.0, and `write_out_info` of 0.3."""

import json
import math
import re
from pathlib import Path
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.lm_eval_results import origin_of_log, origin_of_results
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of
from eval_predict.errors import UserError

NAME = "lm-evaluation-harness"
LOOKS_FOR = "records with doc_id, and resps, filtered_resps or prompt_0"

# What a record holds beside its metrics.
_FIXED = {
    *("doc_id", "doc", "target", "arguments", "doc_hash", "prompt_hash", "target_hash"),
    *("resps", "filtered_resps", "filter", "metrics", "truth", "task", "repeats", "schema_version"),
}
_OLD = re.compile(r"(prompt|logit|text|request)_\d+$")
# Measures of a language model's text, and not of an item's answer.
_LAST = ("perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "likelihood_diff")


def recognise(content: Content) -> bool:
    """Whether these are records of documents."""
    if _embedded(content):
        return True
    rows = content.rows or tuple(row for row in content.lines if isinstance(row, dict))
    if not rows or "doc_id" not in rows[0]:
        return False
    keys = rows[0].keys()
    return bool(keys & {"resps", "filtered_resps", "arguments", "doc"}) or _is_old(keys)


def read(content: Content, options: ReadOptions) -> Draft:
    """One log: a document an item, one row a document and filter.

    The model is the `model_name` of the results file of the same date beside the log (or in the
    same folder, before 0.4.3), else the folder's name with `__` for `/`.

    Raises:
        UserError: (a ValueError) on a line that is no record, a log of `--predict_only`, and a log
            whose metrics are all of the corpus.
    """
    if content.fault:
        raise content.fault
    corpus: dict[str, str] = {}
    embedded = _embedded(content)
    if embedded:
        log = origin_of_results(content.path, content.mapping)
        rows = tuple(
            _row(record, task, corpus, options.cluster)
            for task, records in embedded.items()
            for record in records
        )
    else:
        values = content.lines or content.value
        _check_rows(content.path, values)
        log = origin_of_log(content.path)
        rows = tuple(_row(record, log.task, corpus, options.cluster) for record in values)
    names = {name for row in rows for name in row.metrics}
    if not names:
        _refuse(content.path, corpus)
    if names == {"bypass"}:
        raise no_scores(
            content.path,
            "completions without scores: the log was made with --predict_only (bypass: 999)",
            "Run lm_eval again without --predict_only, with --log_samples.",
        )
    ordered = [name for row in rows for name in row.metrics]
    seen = dict.fromkeys(name for name in ordered if name not in _LAST and name != "bypass")
    return Draft(
        rows,
        prefer=tuple(seen),
        picks=("filter",),
        model=log.model,
        run=f"{log.folder}/{log.date}" if log.date else "",
        date=log.date,
        setup=log.setup,
        unusable=corpus,
    )


def _embedded(content: Content) -> dict[str, list[dict[str, Any]]]:
    """The samples in a whole result of `simple_evaluate`, by task, where it was dumped as JSON."""
    samples = content.mapping.get("samples")
    if not isinstance(samples, dict) or "results" not in content.mapping:
        return {}
    return {
        str(task): [record for record in records if isinstance(record, dict)]
        for task, records in samples.items()
        if isinstance(records, list)
        and records
        and isinstance(records[0], dict)
        and "doc_id" in records[0]
    }


def _is_old(keys: Any) -> bool:
    return any(_OLD.match(key) for key in keys)


def _check_rows(path: Path, values: Any) -> None:
    for number, record in enumerate(values, start=1):
        if not isinstance(record, dict) or "doc_id" not in record:
            raise UserError(
                where=path,
                field=f"line {number}",
                got=json.dumps(record)[:60],
                expected="a JSON object with doc_id, as lm-evaluation-harness logs it",
            )


def _row(
    record: dict[str, Any], task: str, corpus: dict[str, str], cluster: str | None = None
) -> Row:
    named = record.get("metrics")
    # Older logs do not say which of their keys are metrics.
    keys = (
        [key for key in named if isinstance(key, str)]
        if isinstance(named, list)
        else [key for key in record if key not in _FIXED and not _OLD.match(key)]
    )
    metrics: dict[str, float] = {}
    for key in keys:
        value = record.get(key)
        score = score_of(value)
        if isinstance(value, list | dict | tuple):
            corpus[key] = _corpus(value)
        elif score is not None and key in record:
            # RULER has a metric for each length of text, −1 for those that a document is not of.
            metrics[key] = math.nan if key.isdecimal() and score == -1 else score
    return Row(
        item=text_of(record["doc_id"]),
        metrics=metrics,
        task=str(record.get("task") or task),
        facets={"filter": str(record.get("filter", "none"))},
        prompt=_prompt(record.get("arguments", record.get("prompt_0"))),
        document=_text(record.get("doc_hash")),
        cluster=_cluster(record, cluster),
    )


def _cluster(record: dict[str, Any], name: str | None) -> str | None:
    """A field of the document, its passage say."""
    document = record.get("doc")
    if name is None or not isinstance(document, dict):
        return None
    return _text(document.get(name))


def _corpus(value: Any) -> str:
    if (
        isinstance(value, list)
        and len(value) == 2
        and not any(isinstance(part, bool | int | float) for part in value)
    ):
        return "a corpus metric: its entries are pairs of gold and prediction, not scores per item"
    return "a corpus metric: its entries are lists, not scores per item"


def _refuse(path: Path, corpus: dict[str, str]) -> None:
    if corpus:
        name, why = next(iter(corpus.items()))
        raise no_scores(
            path,
            f"`{name}` is {why} (metrics found: {', '.join(corpus)})",
            "Choose another task, or score each document with a metric of its own.",
        )
    raise UserError(
        where=path,
        field="metric",
        got="none",
        expected="a metric that is a number",
        fix="Run lm_eval again with --log_samples and without --predict_only.",
    )


def _prompt(arguments: Any) -> str | None:
    """The first request's context: a mapping in newer logs, a list of lists in older ones."""
    for first in ("gen_args_0", 0), ("arg_0", 0), ("", 0):
        if isinstance(arguments, dict):
            arguments = arguments.get(first[0])
        elif isinstance(arguments, list) and arguments:
            arguments = arguments[first[1]]
    return arguments if isinstance(arguments, str) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
