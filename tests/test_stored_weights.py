import json
import shutil

import pytest
from conftest import MODEL, ROOT
from random_models import random_model

from eval_predict.errors import UserError
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


def test_a_pickle_is_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UserError, match="a pickle, which can run code"):
        inspect_model(_recipe(folder))


def test_a_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match="without weights"):
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
