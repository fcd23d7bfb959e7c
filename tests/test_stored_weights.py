import json
import shutil

import pytest
from conftest import MODEL
from model_folders import change_json, recipe_of

from eval_predict.errors import UserError
from iwsi.skeleton import inspect_model


@pytest.fixture
def folder(tmp_path):
    """A copy of the model that comes with the repository."""
    return shutil.copytree(MODEL, tmp_path / "model")


def test_weights_of_another_shape_are_refused(folder):
    change_json(folder / "config.json", intermediate_size=96)
    with pytest.raises(UserError, match=r"weights of shape .* as config\.json says"):
        inspect_model(recipe_of(folder))


def test_a_missing_untied_head_is_refused(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights.pop("lm_head.weight", None)
    save_file(weights, folder / "model.safetensors")
    change_json(folder / "config.json", tie_word_embeddings=False)
    with pytest.raises(UserError, match="does not tie it"):
        inspect_model(recipe_of(folder))


def test_a_pickle_is_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UserError, match="a pickle, which can run code"):
        inspect_model(recipe_of(folder))


def test_a_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match="without weights"):
        inspect_model(recipe_of(folder))


@pytest.mark.parametrize("name", ["model.embed_tokens.weight", "model.norm.weight"])
def test_missing_embeddings_or_norms_are_refused(folder, name):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights[name]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match=f"{name}: no such tensor in the weights"):
        inspect_model(recipe_of(folder))


def test_weights_of_more_layers_than_the_configuration_has_are_refused(folder):
    change_json(folder / "config.json", num_hidden_layers=1)
    with pytest.raises(UserError, match="more layers than config"):
        inspect_model(recipe_of(folder))
    # DeepSeek's and GLM's files hold a layer that predicts a further token.
    layers = json.loads((MODEL / "config.json").read_text())["num_hidden_layers"]
    change_json(folder / "config.json", num_nextn_predict_layers=layers - 1)
    inspect_model(recipe_of(folder))
