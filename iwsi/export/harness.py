"""A run's per-item results as lm-evaluation-harness writes them with `--log_samples`."""

import hashlib
import json
from pathlib import Path
from typing import Any

from iwsi.files import read_table, write_json, write_text
from iwsi.rounds.layout import RoundFiles

METRIC = "exact_match"
# The harness names its files by the time of the run; a fixed one keeps exports comparable.
_STAMP = "2000-01-01T00-00-00.000000"


def write_samples(root: Path, number: int, task: str, model: str, out: Path) -> Path:
    """Write `results_*.json` and `samples_*.jsonl` of a round's full test.

    Args:
        root: The run directory.
        number: A round that has a full test.
        task: The task's name in the harness's files.
        model: The model's name; the folder in `out` is called so.
        out: Where the folder goes.

    Returns:
        The folder that was written.
    """
    table = read_table(root / RoundFiles.of(number).results)
    folder = out / model.replace("/", "__")
    rows = [_sample(i, row) for i, row in enumerate(table.to_pylist())]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    mean = sum(row[METRIC] for row in rows) / len(rows)
    results = {
        "results": {task: {"alias": task, f"{METRIC},none": mean}},
        "configs": {task: {"task": task, "output_type": "generate_until"}},
        "n-samples": {task: {"original": len(rows), "effective": len(rows)}},
        "config": {"model": "iwsi", "model_args": f"pretrained={model}"},
        "model_name": model,
        "model_name_sanitized": folder.name,
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / f"results_{_STAMP}.json", results)
    write_text(folder / f"samples_{task}_{_STAMP}.jsonl", lines)
    return folder


def _sample(position: int, row: dict[str, Any]) -> dict[str, Any]:
    document = {"id": row["item"], "prompt": row["prompt"], "answer": row["gold"]}
    return {
        "doc_id": int(row["item"]) if row["item"].isdigit() else position,
        "doc": document,
        "target": row["gold"],
        "arguments": [[row["prompt"], {}]],
        "resps": [[row["text"]]],
        "filtered_resps": [row["answer"] or "[invalid]"],
        "filter": "none",
        "metrics": [METRIC],
        "doc_hash": _hash(json.dumps(document, sort_keys=True, ensure_ascii=False)),
        "prompt_hash": _hash(row["prompt"]),
        "target_hash": _hash(row["gold"]),
        METRIC: row["score"],
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
