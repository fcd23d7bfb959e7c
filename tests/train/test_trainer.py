"""In what numbers a GPU trains."""

import json

import pytest
import torch
from conftest import MODEL
from training import metrics, train

from iwsi.recipe import Model
from iwsi.train import trainer


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("float16", (False, True)), ("bfloat16", (True, False)), ("float32", (False, False))],
)
def test_a_gpu_trains_in_the_recipes_numbers_and_scales_gradients_of_float16(
    dtype, expected, monkeypatch
):
    model = Model(name=str(MODEL), dtype=dtype)
    assert trainer.mixed_precision(model) == (False, False)  # a CPU has no such mode
    monkeypatch.setattr(trainer, "device", lambda: "cuda")
    assert trainer.mixed_precision(model) == expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_float16_trains_on_a_gpu(tmp_path):
    train(tmp_path / "adapter", "model.dtype=float16")
    losses = [line["loss"] for line in metrics(tmp_path / "adapter") if "loss" in line]
    assert losses
    assert json.dumps(losses).count("NaN") == 0
