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
    samples, seen = _samples(), []
    together = make_scorer(BASE, None, processes=2, cluster=cluster, **RULE)
    try:
        losses = together.mean_losses(samples, seen.append)
        hidden = together.mean_hidden(samples, seen.append)
    finally:
        together.close()
    alone = ModelScorer(BASE, None, **RULE)
    np.testing.assert_allclose(losses, alone.mean_losses(samples), atol=1e-6)
    np.testing.assert_allclose(hidden, alone.mean_hidden(samples), atol=1e-6)
    of_losses, of_hidden = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    assert len(of_losses) > 2
    assert of_losses == sorted(of_losses)
    assert of_losses[-1] == len(samples)
    assert of_hidden == sorted(of_hidden)
    assert of_hidden[-1] == len(samples)
