"""OpenAI evals: the JSONL of events."""

import math

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of

NAME = "OpenAI evals"
LOOKS_FOR = "lines with spec, final_report, or sample_id, type and data"


def recognise(content: Content) -> bool:
    """Whether a line is the specification of a run, or an event of a sample."""
    rows = content.rows
    return bool(rows) and any(
        "spec" in row or {"sample_id", "type", "data", "run_id"} <= row.keys() for row in rows[:3]
    )


def read(content: Content, options: ReadOptions) -> Draft:
    """One model: `correct` of each event of type match, other numbers of type metrics.

    Raises:
        UserError: (a ValueError) on a log without such events.
    """
    rows, model, task = [], None, ""
    for record in content.rows:
        spec = record.get("spec")
        if isinstance(spec, dict):
            names = spec.get("completion_fns")
            model = str(names[0]) if isinstance(names, list) and names else None
            task = str(spec.get("eval_name", ""))
        data = record.get("data")
        if record.get("type") not in ("match", "metrics") or not isinstance(data, dict):
            continue
        kept = ("correct",) if record["type"] == "match" else tuple(data)
        metrics = {
            name: score
            for name in kept
            if not isinstance(data.get(name), str)
            and (score := score_of(data.get(name))) is not None
            and not math.isnan(score)
        }
        rows.append(Row(text_of(record.get("sample_id")), metrics, task=task))
    if not any(row.metrics for row in rows):
        raise no_scores(
            content.path, "events without scores", "Give the log of a finished `oaieval` run."
        )
    return Draft(tuple(rows), prefer=("correct", "score"), model=model)
