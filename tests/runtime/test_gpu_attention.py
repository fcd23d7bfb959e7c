"""Attention is kept off cuDNN, which makes a plan for every new shape."""

import pytest
import torch
from conftest import MODEL

from iwsi import models
from iwsi.recipe import Model
from iwsi.runtime.gpu_attention import keep_off_cudnn


@pytest.fixture
def _as_it_was():
    before = torch.backends.cuda.cudnn_sdp_enabled()
    yield
    torch.backends.cuda.enable_cudnn_sdp(before)


@pytest.mark.usefixtures("_as_it_was")
def test_cudnn_is_off_and_the_others_stay_on():
    torch.backends.cuda.enable_cudnn_sdp(True)
    keep_off_cudnn()
    assert not torch.backends.cuda.cudnn_sdp_enabled()
    assert torch.backends.cuda.flash_sdp_enabled()
    assert torch.backends.cuda.mem_efficient_sdp_enabled()


@pytest.mark.usefixtures("_as_it_was")
def test_a_model_that_is_loaded_on_a_gpu_switches_it_off(monkeypatch):
    torch.backends.cuda.enable_cudnn_sdp(True)
    monkeypatch.setattr(models, "device", lambda: "cuda")
    monkeypatch.setattr(models, "_device_map", lambda model, placement: {"": "cpu"})
    models.load_model(Model(name=str(MODEL), dtype="float32"))
    assert not torch.backends.cuda.cudnn_sdp_enabled()
