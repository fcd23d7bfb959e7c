"""A few-shot text in training or not, on TREC with the model of the study; docs/study.md has it.

The warm start is trained with and without the text of a few examples before each row, and tested
with and without it. What scripts/real_study.py has trained without the text is used again.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from real_model import steps
from real_model.light import LightModel
from real_model.tasks import PLANS, Example, splits

EXAMPLES, TESTED = 6, 300


def main() -> None:
    """Train, test, write one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True, help="folder of TASK/train.jsonl …")
    parser.add_argument("--model", type=Path, default=Path("models/smollm2-135m-instruct"))
    parser.add_argument("--out", type=Path, required=True, help="the folder of the study's results")
    given = parser.parse_args()
    plan, light = PLANS["trec"], LightModel(given.model)
    drawn = splits(plan, given.data, given.seed)
    text = "".join(f"{row.prompt} {row.completion}\n\n" for row in drawn.audit[:EXAMPLES])
    folder = given.out / f"trec-{given.seed}"
    test = drawn.test[:TESTED]
    found = {"few_shot_tokens": len(light.tokenizer(text).input_ids), "tested": TESTED}
    adapters = {"without": folder / "warm.safetensors", "with": folder / "few-shot.safetensors"}
    for training, adapter in adapters.items():
        warm = drawn.warm if training == "without" else _after(text, drawn.warm)
        steps.warm_start(light, steps.Rows(light, warm), plan.epochs, given.seed, adapter)
        for testing, rows in (("without", test), ("with", _after(text, test))):
            score = float(np.mean(steps.accuracy(plan, steps.Rows(light, rows))))
            found[f"trained {training}, tested {testing}"] = score
            print(training, testing, score, flush=True)
    (given.out / f"few-shot-{given.seed}.json").write_text(json.dumps(found), encoding="utf-8")


def _after(text: str, rows: Sequence[Example]) -> list[Example]:
    return [replace(row, prompt=text + row.prompt) for row in rows]


if __name__ == "__main__":
    main()
