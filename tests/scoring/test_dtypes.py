"""Losses in bfloat16 beside those in float32, on the small model."""

import json

import numpy as np
import pytest
from conftest import MODEL, ROOT

from iwsi.filter.ds_weight import ds_weight
from iwsi.recipe import Model
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.transformers import TransformersEngine
from iwsi.scoring.weigher import Weigher
from iwsi.tasks.sample_text import Samples

KEEP = 0.8
QUESTIONS, ANSWERS = 75, 4


def _rows(split, count):
    path = ROOT / "recipes" / "tiny_arith" / f"{split}.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()[:count]]
    return [f"Question: {row['question']}\nAnswer:" for row in rows], rows


@pytest.fixture(scope="module")
def candidates():
    prompts, _ = _rows("train", QUESTIONS)
    engine = TransformersEngine(Model(name=str(MODEL)), None, window=QUESTIONS)
    requests = [Prompt(prompt, prompt, ANSWERS * i) for i, prompt in enumerate(prompts)]
    found = engine.generate(requests, Decoding(ANSWERS, 1.1, 1.0, 40))
    ended = [(p, c) for p, answers in found for c in answers if c.token_ids is not None]
    ids = [np.array(candidate.token_ids, np.int32) for _, candidate in ended]
    return Samples([p for p, _ in ended], [c.text for _, c in ended], ids)


@pytest.mark.parametrize("loss_over", ["sequence", "completion"])
def test_bfloat16_keeps_what_float32_keeps_but_for_one_candidate_in_a_hundred(
    candidates, loss_over
):
    prompts, rows = _rows("validation", 40)
    labelled = Samples(prompts, [row["answer"] for row in rows])
    kept = []
    for dtype in ("float32", "bfloat16"):
        weigher = Weigher(
            Model(name=str(MODEL), dtype=dtype),
            few_shot="",
            separator=" ",
            loss_over=loss_over,
            batch_tokens=8192,
        )
        losses, reference = weigher.losses([candidates, labelled], lambda done, total: None)
        weight_N = ds_weight(losses, reference)
        kept.append(set(np.argsort(weight_N, kind="stable")[: round(KEEP * len(weight_N))]))
    assert len(candidates) > 250
    assert len(kept[0] - kept[1]) <= len(candidates) / 100
