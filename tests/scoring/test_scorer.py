"""Scoring by several processes, and by Ray, beside scoring in this one."""

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
has_ray = importlib.util.find_spec("ray") is not None


def _samples():
    prompts = [f"Question: Tom has {i // 5} pens.\nAnswer:" for i in range(300)]
    answers = [f" He has {'very ' * (i % 4)}{i // 5} pens." for i in range(300)]
    return list(encode(load_tokenizer(BASE), "Two examples. ", prompts, answers))


@pytest.mark.parametrize(
    "cluster",
    ["none", pytest.param("ray", marks=pytest.mark.skipif(not has_ray, reason="no Ray"))],
)
def test_every_sample_gets_the_loss_that_one_model_gives_it(cluster):
    samples, seen = _samples(), []
    together = make_scorer(BASE, None, processes=2, cluster=cluster, **RULE)
    try:
        losses = together.mean_losses(samples, seen.append)
    finally:
        together.close()
    alone = ModelScorer(BASE, None, **RULE).mean_losses(samples)
    np.testing.assert_allclose(losses, alone, atol=1e-5)
    assert seen == sorted(seen)
    assert seen[-1] == len(samples)
    assert len(seen) > 2
