"""Losses and hidden states by several processes, and by Ray, beside those of this one."""

import importlib.util

import numpy as np
import pytest
from conftest import MODEL

from iwsi.models import load_tokenizer
from iwsi.recipe import Model
from iwsi.scoring.scorer import ModelScorer, make_scorer
from iwsi.tasks.encoding import encode

BASE = Model(name=str(MODEL))
RULE = {"loss_over": "completion", "batch_tokens": 2048}
ROUNDING = {"rtol": 0, "atol": 5e-6}  # of float32
has_ray = importlib.util.find_spec("ray") is not None


def _samples():
    prompts = [f"Question: Tom has {i // 5} pens.\nAnswer:" for i in range(300)]
    answers = [f" He has {'very ' * (i % 4)}{i // 5} pens." for i in range(300)]
    return list(encode(load_tokenizer(BASE), "Two examples. ", prompts, answers))


@pytest.mark.parametrize(
    "cluster",
    ["none", pytest.param("ray", marks=pytest.mark.skipif(not has_ray, reason="no Ray"))],
)
def test_every_sample_gets_the_numbers_that_one_model_gives_it(cluster):
    samples, alone = _samples(), ModelScorer(BASE, None, **RULE)
    together = make_scorer(BASE, None, processes=2, cluster=cluster, **RULE)
    try:
        for measure in ("mean_losses", "mean_hidden"):
            seen = []
            found = getattr(together, measure)(samples, seen.append)
            np.testing.assert_allclose(found, getattr(alone, measure)(samples), **ROUNDING)
            assert len(seen) > 2
            assert seen == sorted(seen)
            assert seen[-1] == len(samples)
    finally:
        together.close()
