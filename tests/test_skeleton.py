"""What is refused of a model before anything is sampled."""

import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from conftest import MODEL
from model_folders import change_json, recipe_of, save_family
from random_models import random_image_model
from safetensors.torch import load_file, save_file

from eval_predict.errors import UserError
from iwsi import vllm_families
from iwsi.model_files import safetensors_shapes
from iwsi.skeleton import inspect_model


@pytest.fixture
def folder(tmp_path):
    """A copy of the model that comes with the repository."""
    return shutil.copytree(MODEL, tmp_path / "model")


def test_a_sound_model_is_counted_and_its_adapted_layers_are_named(folder):
    found = inspect_model(recipe_of(folder, "train.lora.r=2"))
    stored = safetensors_shapes(folder / "model.safetensors")
    assert found.parameters == sum(torch.Size(shape).numel() for shape in stored.values())
    assert found.adapted == (
        "down_proj",
        "gate_proj",
        "k_proj",
        "o_proj",
        "q_proj",
        "up_proj",
        "v_proj",
    )
    # A pair of matrices of rank 2 for each linear layer: 2 x (inputs + outputs).
    layers = [s for n, s in stored.items() if "proj" in n]
    assert found.trainable == sum(2 * (a + b) for a, b in layers)
    assert found.warnings == ()


@pytest.mark.parametrize("kind", ["gpt2", "opt", "qwen2", "gemma2", "mixtral", "falcon"])
def test_other_families_pass(tmp_path, kind):
    assert inspect_model(recipe_of(save_family(tmp_path / kind, kind))).trainable > 0


@pytest.mark.parametrize("kind", ["rwkv", "cpmant", "bert-generation"])
def test_a_family_that_is_not_sampled_as_it_is_scored_is_refused(folder, kind):
    change_json(folder / "config.json", model_type=kind)
    with pytest.raises(UserError, match="does not sample from as it scores"):
        inspect_model(recipe_of(folder))


def test_an_encoder_whose_configuration_names_no_decoder_is_refused(folder):
    change_json(folder / "config.json", model_type="xlm")
    with pytest.raises(UserError, match="an encoder"):
        inspect_model(recipe_of(folder))


def test_a_model_of_recurrent_layers_alone_that_transformers_cannot_run_is_refused(tmp_path):
    folder = save_family(tmp_path / "qwen3_5", "qwen3_5_text", layer_types=["linear_attention"] * 2)
    with pytest.raises(UserError, match="a model that transformers cannot run"):
        inspect_model(recipe_of(folder))


def test_layers_whose_widths_do_not_fit_are_refused(tmp_path):
    # Helium's output projection takes as many inputs as the model is wide, not as its heads give.
    folder = save_family(tmp_path / "helium", "helium", head_dim=16)
    with pytest.raises(UserError, match="same reduction dim"):
        inspect_model(recipe_of(folder))


def test_a_model_that_needs_a_package_names_it(folder, monkeypatch):
    def build(*args, **kwargs):
        raise ImportError("this model requires the timm library")

    kind = SimpleNamespace(from_config=build)
    monkeypatch.setattr("iwsi.skeleton.auto_class", lambda config: kind)
    with pytest.raises(UserError, match=r"the timm library.* Install the package that it names\."):
        inspect_model(recipe_of(folder))


def _change_weights(folder, change):
    file = folder / "model.safetensors"
    save_file(change(load_file(file)), file, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("_orig_mod.", "torch.compile"),
        ("module.", "DistributedDataParallel"),
        ("base_model.model.", "PEFT"),
    ],
)
def test_weights_of_a_wrapped_model_are_refused(folder, prefix, words):
    _change_weights(folder, lambda weights: {prefix + name: w for name, w in weights.items()})
    with pytest.raises(UserError, match=f"begins with {prefix}, as {words}"):
        inspect_model(recipe_of(folder))


def test_an_adapter_that_is_not_merged_is_refused(folder):
    extra = {"model.layers.0.self_attn.q_proj.lora_A.weight": torch.zeros(2, 2)}
    _change_weights(folder, lambda weights: weights | extra)
    with pytest.raises(UserError, match="not merged"):
        inspect_model(recipe_of(folder))


@pytest.mark.parametrize("dtype", [torch.int8, torch.float8_e4m3fn])
def test_quantised_weights_are_refused_where_config_json_says_nothing_of_them(folder, dtype):
    _change_weights(folder, lambda weights: {n: w.to(dtype) for n, w in weights.items()})
    with pytest.raises(UserError, match="as a quantised model has them"):
        inspect_model(recipe_of(folder))


def test_an_empty_quantization_config_is_one(folder):
    change_json(folder / "config.json", quantization_config={})
    with pytest.raises(UserError, match="quantised checkpoint"):
        inspect_model(recipe_of(folder))


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"eos_token_id": "1"}', '{"eos_token_id": [1, null]}']
)
def test_a_generation_config_without_usable_end_tokens_is_refused(folder, text):
    (folder / "generation_config.json").write_text(text)
    with pytest.raises(UserError, match=r"generation_config\.json"):
        inspect_model(recipe_of(folder))


@pytest.mark.parametrize("text", ["{}", '{"eos_token_id": 1}', '{"eos_token_id": [1, 2]}'])
def test_a_generation_config_may_name_no_end_token_one_or_several(folder, text):
    (folder / "generation_config.json").write_text(text)
    inspect_model(recipe_of(folder))


def test_an_encoder_decoder_is_refused(folder):
    change_json(
        folder / "config.json", model_type="t5", architectures=["T5ForConditionalGeneration"]
    )
    with pytest.raises(UserError, match="an encoder-decoder"):
        inspect_model(recipe_of(folder))


def test_a_model_that_generates_no_text_is_refused(folder):
    change_json(folder / "config.json", model_type="vit")
    with pytest.raises(UserError, match="generates no text"):
        inspect_model(recipe_of(folder))


def test_a_quantised_checkpoint_is_refused(folder):
    change_json(folder / "config.json", quantization_config={"quant_method": "gptq", "bits": 4})
    with pytest.raises(UserError, match=r"quantised checkpoint \(gptq\)"):
        inspect_model(recipe_of(folder))


def test_a_tokenizer_with_more_tokens_than_embeddings_is_refused(folder):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([f"<extra-{i}>" for i in range(200_000)][:5000])
    tokenizer.save_pretrained(folder)
    with pytest.raises(UserError, match="embeddings for every token"):
        inspect_model(recipe_of(folder))


def test_a_tokenizer_without_an_end_token_is_refused_unless_the_recipe_names_one(folder):
    change_json(folder / "tokenizer_config.json", eos_token=None, pad_token=None)
    with pytest.raises(UserError, match=r"model\.end_token"):
        inspect_model(recipe_of(folder))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:1000],
        lambda data: data[:-10],
        lambda data: b"\xff" * 16 + data[16:],
        lambda data: data[:8] + b"}" + data[9:],
    ],
)
def test_damaged_weights_are_refused(folder, damage):
    file = folder / "model.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(UserError, match="Download the file again"):
        inspect_model(recipe_of(folder))


def test_float16_without_a_gpu_is_refused(folder):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(UserError, match="float16 on a machine without a GPU"):
        inspect_model(recipe_of(folder, "model.dtype=float16"))


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (("train.distributed=zero2", "train.num_processes=2"), "train.distributed=zero2"),
        (("model.quantize=nf4",), "model.quantize=nf4"),
    ],
)
def test_float16_is_refused_where_gradients_could_not_be_scaled(folder, overrides, words):
    with pytest.raises(UserError, match=f"model.dtype: float16 with {words}"):
        inspect_model(recipe_of(folder, "model.dtype=float16", *overrides))


def test_an_encoder_is_refused(folder):
    change_json(folder / "config.json", model_type="bert", architectures=["BertForMaskedLM"])
    with pytest.raises(UserError, match=r"an encoder \(bert\), which generates no text"):
        inspect_model(recipe_of(folder))


@pytest.mark.parametrize("installed", [True, False])
def test_vllm_needs_torchvision_for_a_family_that_reads_images(tmp_path, monkeypatch, installed):
    tokens = json.loads((MODEL / "config.json").read_text())["vocab_size"]
    folder = tmp_path / "gemma3"
    random_image_model("gemma3", vocab_size=tokens + 8).save_pretrained(str(folder))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(MODEL / name, folder / name)
    monkeypatch.setattr(vllm_families, "_is_installed", lambda package: installed)
    if installed:
        inspect_model(recipe_of(folder, "sample.engine=vllm"))
    else:
        with pytest.raises(UserError, match="gemma3, a family that reads images"):
            inspect_model(recipe_of(folder, "sample.engine=vllm"))
    inspect_model(recipe_of(folder, "sample.engine=transformers"))
