"""Files in the shapes that inspect_ai writes."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from log_shapes.shape import Shape


def inspect_sample(name: Any, epoch: int = 1, **scores: Any) -> dict[str, Any]:
    """One sample as inspect_ai logs it."""
    return {
        "id": name,
        "epoch": epoch,
        "input": f"q{name}",
        "target": "1",
        "scores": {scorer: {"value": value} for scorer, value in scores.items()},
    }


def inspect_log(samples: list[Any], **more: Any) -> dict[str, Any]:
    """A whole log of inspect_ai as JSON."""
    about = {
        "eval_id": "e1",
        "run_id": "r1",
        "created": "2026-02-03T04:05:06+00:00",
        "task": "arith",
        "model": "org/m",
        "config": {"epochs": 1, "epochs_reducer": ["mean"]},
    }
    results = {"total_samples": len(samples), "scores": [{"name": "match"}]}
    log = {"version": 2, "status": "success", "eval": about, "results": results}
    return {**log, "samples": samples, **more}


def eval_archive(log: dict[str, Any]) -> Callable[[Path], None]:
    """Writes a log as `.eval`."""

    def write_zip(file: Path) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            header = {key: value for key, value in log.items() if key != "samples"}
            archive.writestr("_journal/start.json", json.dumps({"version": 2, "eval": log["eval"]}))
            for sample in log["samples"]:
                name = f"samples/{sample['id']}_epoch_{sample['epoch']}.json"
                archive.writestr(name, json.dumps(sample))
            archive.writestr("header.json", json.dumps(header))

    return write_zip


SHAPES = [
    Shape(
        "run.eval",
        eval_archive(
            inspect_log(
                [
                    inspect_sample("a", 1, match="C"),
                    inspect_sample("a", 2, match="I"),
                    inspect_sample("b", 1, match="P"),
                    inspect_sample("c", 1, match="N"),
                ]
            )
        ),
        {"org/m": 1 / 3},
        3,
    ),
    Shape(
        "graded.json",
        inspect_log([inspect_sample(1, match={"style": 4, "facts": 2}), inspect_sample(2)]),
        {"org/m": 4.0},
        2,
        metric="match/style",
    ),
    Shape(
        "words.json",
        inspect_log([inspect_sample(1, tone="polite", match=True)]),
        {"org/m": 1.0},
        1,
        metric="match",
    ),
    Shape("only_words.json", inspect_log([inspect_sample(1, tone="rude")]), says="no numbers"),
    Shape("unscored.json", inspect_log([inspect_sample(1)]), says="Run `inspect score`"),
    Shape("header.json", inspect_log([]), says="header only"),
    Shape(
        "failed.json",
        inspect_log([{**inspect_sample(1), "error": {"message": "boom"}}]),
        says="it ended in an error",
    ),
]
