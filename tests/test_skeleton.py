"""What is refused of a model before anything is sampled."""

import json
import shutil

import pytest
import torch
from conftest import MODEL, ROOT
from random_models import random_image_model, random_model

from eval_predict.errors import UserError
from iwsi import skeleton
from iwsi.model_files import safetensors_shapes
from iwsi.recipe import Lora
from iwsi.recipe.load import load_recipe
from iwsi.skeleton import inspect_model


def _recipe(folder, *overrides):
    recipe = ROOT / "recipes" / "tiny_arith.yaml"
    return load_recipe(recipe, [f"model.name={folder}", *overrides])


@pytest.fixture
def folder(tmp_path):
    """A copy of the model that comes with the repository."""
    return shutil.copytree(MODEL, tmp_path / "model")


def _save(folder, kind, **options):
    """A random model of another family with the repository's tokenizer."""
    tokens = json.loads((MODEL / "config.json").read_text())["vocab_size"]
    random_model(kind, vocab_size=tokens + 8, **options).save_pretrained(str(folder))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(MODEL / name, folder / name)
    return folder


def _change(file, **values):
    config = json.loads(file.read_text())
    file.write_text(json.dumps(config | values))


def test_a_sound_model_is_counted_and_its_adapted_layers_are_named(folder):
    found = inspect_model(_recipe(folder, "train.lora.r=2"))
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


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ("[]", "an empty list"),
        ("[c_attn]", "no module of this model"),
        ("[lm_head]", "the embeddings or the head alone"),
        ("[embed_tokens]", "the embeddings or the head alone"),
        ("q_proj", "no module of this model"),  # a string is a pattern for the whole name
    ],
)
def test_target_modules_that_adapt_nothing_are_refused(folder, targets, words):
    with pytest.raises(UserError, match=words) as caught:
        inspect_model(_recipe(folder, f"train.lora.target_modules={targets}"))
    assert "train.lora.target_modules" in str(caught.value)


def test_a_pattern_adapts_what_it_matches(folder):
    found = inspect_model(_recipe(folder, "train.lora.target_modules=.*q_proj"))
    assert found.adapted == ("q_proj",)


def test_target_modules_that_are_partly_there_are_warned_of(tmp_path):
    # Phi-3 has one projection for queries, keys and values, and one for gate and up.
    folder = _save(tmp_path / "phi3", "phi3", pad_token_id=0)
    five = "[q_proj,k_proj,v_proj,up_proj,down_proj]"
    found = inspect_model(_recipe(folder, f"train.lora.target_modules={five}"))
    assert found.adapted == ("down_proj",)
    assert "no q_proj, k_proj, v_proj, up_proj; only down_proj" in found.warnings[0]


@pytest.mark.parametrize("kind", ["gpt2", "opt", "qwen2", "gemma2", "mixtral", "falcon"])
def test_other_families_pass(tmp_path, kind):
    assert inspect_model(_recipe(_save(tmp_path / kind, kind))).trainable > 0


def test_an_encoder_decoder_is_refused(folder):
    _change(folder / "config.json", model_type="t5", architectures=["T5ForConditionalGeneration"])
    with pytest.raises(UserError, match="an encoder-decoder"):
        inspect_model(_recipe(folder))


def test_a_model_that_generates_no_text_is_refused(folder):
    _change(folder / "config.json", model_type="vit")
    with pytest.raises(UserError, match="generates no text"):
        inspect_model(_recipe(folder))


def test_a_quantised_checkpoint_is_refused(folder):
    _change(folder / "config.json", quantization_config={"quant_method": "gptq", "bits": 4})
    with pytest.raises(UserError, match=r"quantised checkpoint \(gptq\)"):
        inspect_model(_recipe(folder))


def test_weights_of_another_shape_are_refused(folder):
    _change(folder / "config.json", intermediate_size=96)
    with pytest.raises(UserError, match=r"weights of shape .* as config\.json says"):
        inspect_model(_recipe(folder))


def test_a_missing_untied_head_is_refused(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights.pop("lm_head.weight", None)
    save_file(weights, folder / "model.safetensors")
    _change(folder / "config.json", tie_word_embeddings=False)
    with pytest.raises(UserError, match="does not tie it"):
        inspect_model(_recipe(folder))


def test_a_tokenizer_with_more_tokens_than_embeddings_is_refused(folder):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([f"<extra-{i}>" for i in range(200_000)][:5000])
    tokenizer.save_pretrained(folder)
    with pytest.raises(UserError, match="embeddings for every token"):
        inspect_model(_recipe(folder))


def test_a_tokenizer_without_an_end_token_is_refused_unless_the_recipe_names_one(folder):
    _change(folder / "tokenizer_config.json", eos_token=None, pad_token=None)
    with pytest.raises(UserError, match=r"model\.end_token"):
        inspect_model(_recipe(folder))


def test_a_pickle_is_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UserError, match="a pickle, which can run code"):
        inspect_model(_recipe(folder))


def test_a_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match="without weights"):
        inspect_model(_recipe(folder))


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
        inspect_model(_recipe(folder))


def test_float16_without_a_gpu_is_refused(folder):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(UserError, match="float16 on a machine without a GPU"):
        inspect_model(_recipe(folder, "model.dtype=float16"))


def test_defaults_adapt_every_linear_layer():
    assert Lora().target_modules == "all-linear"


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (("train.distributed=zero2", "train.num_processes=2"), "train.distributed=zero2"),
        (("model.quantize=nf4",), "model.quantize=nf4"),
    ],
)
def test_float16_is_refused_where_gradients_could_not_be_scaled(folder, overrides, words):
    with pytest.raises(UserError, match=f"model.dtype: float16 with {words}"):
        inspect_model(_recipe(folder, "model.dtype=float16", *overrides))


def test_a_pattern_that_is_none_is_refused(folder):
    with pytest.raises(UserError, match=r"which is no pattern \(missing \)"):
        inspect_model(_recipe(folder, "train.lora.target_modules=(q_proj"))


def test_an_encoder_is_refused(folder):
    _change(folder / "config.json", model_type="bert", architectures=["BertForMaskedLM"])
    with pytest.raises(UserError, match=r"an encoder \(bert\), which generates no text"):
        inspect_model(_recipe(folder))


@pytest.mark.parametrize("name", ["model.embed_tokens.weight", "model.norm.weight"])
def test_missing_embeddings_or_norms_are_refused(folder, name):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights[name]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match=f"{name}: no such tensor in the weights"):
        inspect_model(_recipe(folder))


def test_weights_of_more_layers_than_the_configuration_has_are_refused(folder):
    _change(folder / "config.json", num_hidden_layers=1)
    with pytest.raises(UserError, match="more layers than config"):
        inspect_model(_recipe(folder))
    # DeepSeek's and GLM's files hold a layer that predicts a further token.
    layers = json.loads((MODEL / "config.json").read_text())["num_hidden_layers"]
    _change(folder / "config.json", num_nextn_predict_layers=layers - 1)
    inspect_model(_recipe(folder))


def test_layers_that_peft_does_not_adapt_are_refused_and_left_out_of_all(tmp_path):
    folder = _save(tmp_path / "mamba", "mamba", state_size=8)
    assert "out_proj" not in inspect_model(_recipe(folder)).adapted
    with pytest.raises(UserError, match=r"target_modules: out_proj"):
        inspect_model(_recipe(folder, "train.lora.target_modules=[out_proj]"))


@pytest.mark.parametrize("installed", [True, False])
def test_vllm_needs_torchvision_for_a_family_that_reads_images(tmp_path, monkeypatch, installed):
    tokens = json.loads((MODEL / "config.json").read_text())["vocab_size"]
    folder = tmp_path / "gemma3"
    random_image_model("gemma3", vocab_size=tokens + 8).save_pretrained(str(folder))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(MODEL / name, folder / name)
    monkeypatch.setattr(skeleton, "_is_installed", lambda package: installed)
    if installed:
        inspect_model(_recipe(folder, "sample.engine=vllm"))
    else:
        with pytest.raises(UserError, match="gemma3, a family that reads images"):
            inspect_model(_recipe(folder, "sample.engine=vllm"))
    inspect_model(_recipe(folder, "sample.engine=transformers"))
