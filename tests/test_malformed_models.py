"""Malformed model folders: the one line that is said of each before anything is sampled."""

import json
import os
import shutil

import pytest
import torch
from conftest import MODEL, ROOT
from safetensors.torch import load_file

from eval_predict.errors import UserError
from iwsi.models import load_model
from iwsi.pickles import check_adapter
from iwsi.recipe.load import load_recipe
from iwsi.skeleton import inspect_model

NO_JSON = "config.json' is not a valid JSON file.; expected a folder that save_pretrained wrote"
NO_TYPE = "Should have a `model_type` key in its config.json"
HEADER = "a damaged safetensors header ("
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
AUTO_MAP = {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"}
MISMATCH = "Check that the weights and config.json belong to the same model"


def _recipe(folder, *overrides):
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [f"model.name={folder}", *overrides])


@pytest.fixture
def folder(tmp_path):
    """A copy of the model that comes with the repository."""
    return shutil.copytree(MODEL, tmp_path / "model")


def _refusal(folder):
    with pytest.raises(UserError) as caught:
        inspect_model(_recipe(folder))
    line = str(caught.value)
    assert str(folder) in line or "model.name" in line
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model_type": "nosuch"}, "model type `nosuch` but Transformers does not recognize"),
        ({"model_type": None}, "model type"),
        ({"model_type": 7}, "model type `7`"),
        ({"model_type": "t5"}, "an encoder-decoder (t5); expected a causal language model"),
        ({"model_type": "vit"}, "type vit, which generates no text; expected a causal language"),
        ({"hidden_size": "many"}, "Field 'hidden_size' expected int, got str (value: 'many')"),
        ({"hidden_size": 0}, "weights of shape [489, 128]; expected [489, 0], as config.json says"),
        ({"hidden_size": -4}, "negative dimension -4"),
        ({"hidden_size": 65}, "hidden size (65) is not a multiple of the number of attention"),
        ({"hidden_size": 64}, "weights of shape [489, 128]; expected [489, 64]"),
        ({"num_hidden_layers": None}, "Field 'num_hidden_layers' expected int, got NoneType"),
        (
            {"num_hidden_layers": 9},
            "model.layers.4.self_attn.q_proj.weight: no such tensor in the weights, nor 44 more; "
            f"expected weights of every layer that config.json names. {MISMATCH}",
        ),
        ({"num_hidden_layers": 10**6}, "1,000,000 layers in config.json; expected at most 2,000"),
        ({"num_attention_heads": 0}, "expected a folder that save_pretrained wrote"),
        ({"num_attention_heads": 3}, "is not a multiple of the number of attention heads (3)"),
        ({"intermediate_size": 7}, f"expected [7, 128], as config.json says. {MISMATCH}"),
        ({"vocab_size": 3}, "weights of shape [489, 128]; expected [3, 128]"),
        ({"vocab_size": "x"}, "Field 'vocab_size' expected int, got str (value: 'x')"),
        ({"hidden_act": "nosuch"}, "expected a config.json of which transformers can build"),
        ({"rope_scaling": {"rope_type": "no", "factor": 2}}, "expected a config.json of which"),
        ({"dtype": "float7"}, "has no attribute 'float7'"),
        (
            {"tie_word_embeddings": False},
            "lm_head.weight: no such tensor in the weights; expected an output head, since "
            "config.json does not tie it to the embeddings",
        ),
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "a quantised checkpoint"),
        ({"quantization_config": "x"}, "expected a folder that save_pretrained wrote"),
        (
            {"auto_map": AUTO_MAP, "model_type": "evil"},
            "a model with code of its own, which is not run; expected a model that transformers "
            "knows. Where you trust its source, set trust_remote_code=true beside its name.",
        ),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else "",
)
def test_a_config_that_fits_nothing_is_one_line(folder, values, message):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))
    assert message in _refusal(folder)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("config.json", b"", NO_JSON),
        ("config.json", b'{"a": ', NO_JSON),
        ("config.json", b"\xff\xfe\x00", NO_JSON),
        ("config.json", b"[]", NO_TYPE),
        ("config.json", b'"x"', NO_TYPE),
        ("config.json", b"{}", NO_TYPE),
        ("config.json", None, "a folder without config.json; expected a folder that"),
        ("model.safetensors", b"", HEADER),
        ("model.safetensors", b"1234567", HEADER),
        ("model.safetensors", b"\xff" * 16, HEADER),
        ("model.safetensors", b"\x02\0\0\0\0\0\0\0[]", HEADER),
        ("model.safetensors", LFS, f"{HEADER}the header's length is not that of a header)"),
        ("model.safetensors", b"\x80\x04K\x01.", HEADER),
        ("model.safetensors", None, "a model without weights (no *.safetensors)"),
        ("tokenizer.json", None, "Couldn't instantiate the backend tokenizer"),
        ("tokenizer.json", b"", "expected a folder that save_pretrained wrote"),
        ("tokenizer.json", b"[]", "expected a folder that save_pretrained wrote"),
        ("tokenizer.json", b'{"version": "1.0", ', "expected a folder that save_pretrained"),
        ("tokenizer_config.json", b"", "expected a folder that save_pretrained wrote"),
        ("tokenizer_config.json", b"[1]", "expected a folder that save_pretrained wrote"),
        ("tokenizer_config.json", None, "a tokenizer without an end token; expected a token"),
        ("tokenizer_config.json", b"{}", "Name one of its tokens as model.end_token"),
    ],
)
def test_a_file_that_is_damaged_or_gone_is_one_line(folder, name, data, message):
    (folder / name).unlink() if data is None else (folder / name).write_bytes(data)
    assert message in _refusal(folder)


def test_weights_that_are_cut_off_are_reported_with_their_sizes(folder):
    file = folder / "model.safetensors"
    whole = file.stat().st_size
    file.write_bytes(file.read_bytes()[:100_000])
    assert f"100,000 bytes; expected {whole:,} bytes, as its header says" in _refusal(folder)


def test_weights_that_something_follows_are_refused_as_they_are_when_loaded(folder):
    file = folder / "model.safetensors"
    whole = file.stat().st_size
    file.write_bytes(file.read_bytes() + b"\0" * 4096)
    line = _refusal(folder)
    assert f"{whole + 4096:,} bytes; expected {whole:,} bytes, as its header says" in line
    assert line.endswith("Download the file again: something was appended to it.")
    with pytest.raises(Exception, match="not fully covered"):
        load_file(str(file))


def _swap(first, second):
    first["data_offsets"], second["data_offsets"] = second["data_offsets"], first["data_offsets"]


@pytest.mark.parametrize(
    "harm",
    [
        lambda first, second: _swap(first, second),
        lambda first, second: first.update(data_offsets=[-4, first["data_offsets"][1]]),
        lambda first, second: first.update(data_offsets=first["data_offsets"][::-1]),
        lambda first, second: first.update(data_offsets=second["data_offsets"]),
        lambda first, second: first.update(dtype="F64"),
    ],
)
def test_tensors_that_do_not_follow_each_other_are_refused_as_they_are_when_loaded(folder, harm):
    file = folder / "model.safetensors"
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    harm(header["model.embed_tokens.weight"], header["model.norm.weight"])
    changed = json.dumps(header).encode()
    file.write_bytes(len(changed).to_bytes(8, "little") + changed + data[8 + length :])
    assert HEADER in _refusal(folder)
    with pytest.raises(Exception, match="deserializing header"):
        load_file(str(file))


def test_an_adapter_beside_a_model_is_refused_since_it_may_name_another(folder):
    (folder / "adapter_config.json").write_text("{}")
    line = _refusal(folder)
    assert "an adapter_config.json, which may name another model; expected a whole model" in line


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_pipe_in_place_of_a_models_file_is_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert ("without config.json" if name == "config.json" else f"a named pipe '{name}'") in (
        _refusal(folder)
    )


@pytest.mark.parametrize(
    "index",
    [
        {"weight_map": {"lm_head.weight": "../../secret.safetensors"}},
        [],
        {"weight_map": {"lm_head.weight": "/etc/hostname"}, "metadata": {}},
        {"weight_map": {"lm_head.weight": "gone.safetensors"}, "metadata": {}},
    ],
)
def test_an_index_that_names_other_files_is_refused(folder, index):
    (folder / "model.safetensors").rename(folder / "weights.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    for call in (lambda: inspect_model(_recipe(folder)), lambda: load_model(_recipe(folder).model)):
        with pytest.raises(UserError) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_weights_of_another_model_are_not_filled_up_with_random_ones(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 9}))
    with pytest.raises(UserError, match="and 44 more, which would be random"):
        load_model(_recipe(folder).model)


def _pickled(folder):
    weights = load_file(str(folder / "model.safetensors"))
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def test_a_pickle_is_loaded_only_where_the_recipe_allows_it(folder):
    whole = load_model(_recipe(folder).model).state_dict()
    _pickled(folder)
    assert "set model.allow_pickle=true" in _refusal(folder)
    with pytest.raises(UserError, match=r"model\.safetensors"):
        load_model(_recipe(folder).model)
    allowed = _recipe(folder, "model.allow_pickle=true")
    assert inspect_model(allowed).warnings == (
        f"model.allow_pickle: a pickle of {folder} may run code here",
    )
    loaded = load_model(allowed.model).state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in whole.items())


def test_code_that_a_recipe_allows_is_announced(folder):
    found = inspect_model(_recipe(folder, "model.trust_remote_code=true"))
    assert found.warnings == (
        f"model.trust_remote_code: code that comes with {folder} may run here",
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "no adapter_config.json"),
        (("adapter_config.json",), "no adapter_model.safetensors; expected a folder that PEFT"),
        (
            ("adapter_config.json", "adapter_model.bin"),
            "only adapter_model.bin, a pickle, which can run code",
        ),
    ],
)
def test_an_adapter_without_safetensors_is_refused(tmp_path, names, message):
    for name in names:
        (tmp_path / name).write_text("{}")
    with pytest.raises(UserError) as caught:
        check_adapter(tmp_path)
    assert message in str(caught.value)
