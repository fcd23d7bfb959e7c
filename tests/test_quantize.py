"""QLoRA on the small model, by bitsandbytes' CPU backend."""

import pytest
import torch
from conftest import MODEL, ROOT
from safetensors.torch import load_file
from training import SAMPLES, train

from eval_predict.errors import UserError
from iwsi import quantize
from iwsi.models import load_model, load_weights
from iwsi.quantize import check_quantization
from iwsi.recipe import Model
from iwsi.recipe.load import load_recipe
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.merging import merged_model
from iwsi.sample.transformers import TransformersEngine

TOKENS = torch.arange(5, 29)[None]


def _recipe(*overrides):
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)


@pytest.fixture(scope="module", params=["nf4", pytest.param("int8", marks=pytest.mark.slow)])
def trained(request, tmp_path_factory):
    """A quantised model and an adapter that was trained on it."""
    pytest.importorskip("bitsandbytes")
    adapter = tmp_path_factory.mktemp(request.param) / "adapter"
    train(adapter, f"model.quantize={request.param}", "train.learning_rate=1e-2")
    return Model(name=str(MODEL), quantize=request.param), adapter


def _logits(model):
    with torch.inference_mode():
        return model(TOKENS).logits


def test_an_adapter_lies_beside_the_quantised_weights_that_it_was_trained_on(trained):
    from peft import PeftModel

    model, adapter = trained
    base, found = _logits(load_model(model)), _logits(load_model(model, adapter))
    assert torch.allclose(base, _logits(_plain(model.quantize)), atol=1e-4)
    plain = PeftModel.from_pretrained(_plain(model.quantize), adapter)
    assert torch.allclose(found, _logits(plain), atol=1e-3)
    assert (found - base).abs().max() > 0.1  # training has moved it
    assert not torch.allclose(base, _logits(load_model(Model(name=str(MODEL)))), atol=1e-2)


def _plain(quantize):
    """As transformers loads it, without any of our code."""
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    bits = BitsAndBytesConfig(
        load_in_4bit=quantize == "nf4",
        load_in_8bit=quantize == "int8",
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
    )
    return AutoModelForCausalLM.from_pretrained(
        MODEL, dtype=torch.float32, quantization_config=bits, device_map={"": "cpu"}
    )


def test_a_merged_adapter_is_in_the_unquantised_weights(trained):
    model, adapter = trained
    folder = merged_model(model, adapter)
    stored = load_file(folder / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float32}
    whole = load_weights(Model(name=str(MODEL)), adapter)
    assert torch.allclose(_logits(load_model(Model(name=str(folder)))), _logits(whole), atol=1e-4)


def test_a_second_round_goes_on_and_the_transformers_engine_samples_with_it(trained, tmp_path):
    model, adapter = trained
    options = (f"model.quantize={model.quantize}", "train.start_from=previous")
    train(tmp_path / "two" / "adapter", *options, samples=SAMPLES, previous=adapter)
    engine = TransformersEngine(model, tmp_path / "two" / "adapter", window=4)
    prompts = [Prompt("q", "Question: Tom has 3 pens. How many?\nAnswer:", 0)]
    [(_, candidates)] = engine.generate(prompts, Decoding(3, 1.0, 1.0, 8))
    assert len(candidates) == 3


def test_a_missing_bitsandbytes_is_refused_in_a_line(monkeypatch):
    monkeypatch.setattr(quantize.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"model.quantize: nf4, and bitsandbytes.*pip install"):
        check_quantization(_recipe("model.quantize=nf4"), engine="transformers", on_gpu=False)


@pytest.mark.parametrize(
    ("overrides", "engine", "words"),
    [
        (("sample.quantization=fp8",), "transformers", "fp8 with the transformers engine"),
        (("sample.quantization=fp8",), "vllm", "fp8 on a machine without a GPU"),
        (
            ("model.quantize=int8", "train.distributed=zero2", "train.num_processes=2"),
            "vllm",
            "train.distributed: zero2 with model.quantize=int8",
        ),
    ],
)
def test_quantisation_that_cannot_work_is_refused(overrides, engine, words, monkeypatch):
    monkeypatch.setattr(quantize.importlib.util, "find_spec", lambda name: object())
    with pytest.raises(UserError, match=words):
        check_quantization(_recipe(*overrides), engine=engine, on_gpu=False)


def test_a_run_of_a_version_without_these_keys_goes_on():
    from iwsi.rounds.ledger import _relevant

    before = _relevant(_recipe(), ("model", "sample"))
    assert "quantize" not in before["model"]
    assert "quantization" not in before["sample"]
    assert _relevant(_recipe("model.quantize=nf4"), ("model",))["model"]["quantize"] == "nf4"
