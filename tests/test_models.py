import json

import pytest
from conftest import MODEL

from eval_predict.errors import UserError
from iwsi import models
from iwsi.model_files import count_parameters
from iwsi.models import context_limit, load_model, load_tokenizer, load_weights, weight_bytes
from iwsi.recipe import Model
from iwsi.scoring.losses import token_losses
from iwsi.tasks.encoding import encode


def test_a_model_that_cannot_be_read_is_reported_in_one_line(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "no-such-type"}))
    with pytest.raises(UserError) as caught:
        context_limit(Model(name=str(tmp_path)))
    assert "model.name" in str(caught.value)


def test_an_adapter_that_is_not_there_is_refused_before_the_model_is_loaded(tmp_path):
    with pytest.raises(UserError, match=r"adapter: .*no adapter_config\.json"):
        load_model(Model(name=str(MODEL)), tmp_path / "adapter")


def test_a_model_larger_than_a_gpu_is_laid_over_all_of_them(monkeypatch):
    import torch

    model = Model(name=str(MODEL), dtype="float32")
    requested = []
    monkeypatch.setattr(models, "gpus_for", lambda size: requested.append(size) or 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    assert models._device_map(model, "spread") == "auto"
    assert requested == [4 * count_parameters(str(MODEL))] == [weight_bytes(model)]
    assert models._device_map(model, "one") == {"": 1}
    assert models._device_map(model, "late") is None
    monkeypatch.setattr(models, "gpus_for", lambda size: 1)
    assert models._device_map(model, "spread") == {"": 1}


def test_a_model_in_parts_has_the_losses_of_a_whole_one(tmp_path):
    """Parts lie on the CPU and on the disk here; accelerate's hooks are those of several GPUs."""
    source = Model(name=str(MODEL), dtype="float32")
    whole = load_weights(source).eval()
    layers = whole.config.num_hidden_layers
    parts = {"model.embed_tokens": "cpu", "model.rotary_emb": "cpu", "model.norm": "cpu"}
    parts |= {f"model.layers.{i}": "disk" if i == layers - 1 else "cpu" for i in range(layers)}
    kind = models.auto_class(models.model_config(source))
    split = models.from_pretrained(
        kind,
        source,
        dtype="float32",
        device_map=parts | {"lm_head": "cpu"},
        offload_folder=str(tmp_path),
    ).eval()
    assert next(split.model.layers[-1].parameters()).device.type == "meta"
    prompts = [f"Question: Tom has {i} pens. How many?\nAnswer:" for i in range(4)]
    samples = list(encode(load_tokenizer(source), "", prompts, [f" {i}." for i in range(4)]))
    ours = token_losses(split, samples, batch_tokens=256)
    theirs = token_losses(whole, samples, batch_tokens=256)
    assert ours.completion == pytest.approx(theirs.completion, rel=1e-5)
