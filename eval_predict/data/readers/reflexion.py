"""Reflexion: `env_results_trial_*.json`, and its JSONL of programs with `is_solved`."""

import re

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.values import text_of, verdict

NAME = "Reflexion"
LOOKS_FOR = "records with name and is_success, or is_solved"

_NAME = re.compile(r"_\d+_(?P<model>.+?)_pass_at_k_\d+")
_TRIAL = re.compile(r"trial_(\d+)")


def recognise(content: Content) -> bool:
    """Whether these are environments or programs with a verdict."""
    rows = content.rows
    return bool(rows) and bool(rows[0].keys() & {"is_success", "is_solved"})


def read(content: Content, options: ReadOptions) -> Draft:
    """One model: each file is a trial, and trials of one run count as models of their own."""
    key = "is_success" if "is_success" in content.rows[0] else "is_solved"
    rows = tuple(
        Row(
            text_of(record.get("name", record.get("task_id", number))),
            {key: verdict(record.get(key), "true", ("false",))},
        )
        for number, record in enumerate(content.rows)
    )
    named, trial = _NAME.search(content.path.name), _TRIAL.search(content.path.name)
    return Draft(
        rows,
        model=named.group("model") if named else None,
        setup={"trial": trial.group(1)} if trial else {},
    )
