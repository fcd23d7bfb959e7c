"""Weights that are not finite, in files and in loaded models."""

import shutil

import pytest
import torch
from conftest import MODEL, ROOT
from safetensors.torch import load_file, save_file

from eval_predict.errors import UserError
from iwsi.finite_weights import CHUNK, check_stored
from iwsi.models import load_model
from iwsi.recipe import Model
from iwsi.recipe.load import load_recipe
from iwsi.skeleton import inspect_model

HALF = CHUNK // 2  # values of two bytes in a chunk


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_one_value_that_is_not_finite_is_found_wherever_it_lies(tmp_path, dtype, value):
    weights = torch.full((3, HALF), torch.finfo(dtype).max, dtype=dtype)
    weights[:, ::2] = torch.finfo(dtype).tiny
    file = tmp_path / "model.safetensors"
    save_file({"a": torch.zeros(5, dtype=dtype), "b": weights}, file)
    check_stored([file])  # the largest and smallest of the type are finite
    weights[2, -1] = float(value)
    save_file({"a": torch.zeros(5, dtype=dtype), "b": weights}, file)
    with pytest.raises(UserError, match="not finite") as caught:
        check_stored([file])
    assert caught.value.field == "b"


def test_of_a_large_file_a_share_of_each_tensor_is_read(tmp_path):
    sound, file = torch.zeros(8 * HALF, dtype=torch.bfloat16), tmp_path / "model.safetensors"
    seen = []
    for chunk in range(8):
        broken = sound.clone()
        broken[chunk * HALF] = torch.nan
        save_file({"a": broken}, file)
        try:
            check_stored([file], most_bytes=2 * CHUNK)
        except UserError:
            seen.append(chunk)
    assert seen == [0, 4]  # a quarter of eight chunks, evenly


def test_masks_and_integers_may_hold_anything(tmp_path):
    mask = torch.full((1, 1, 2, 2), -torch.inf)
    ids = torch.full((4,), -1, dtype=torch.int32)
    save_file({"mask": mask, "ids": ids}, tmp_path / "model.safetensors")
    check_stored([tmp_path / "model.safetensors"])


def test_a_model_with_a_broken_weight_is_refused_before_anything_is_sampled_and_when_loaded(
    tmp_path,
):
    folder = shutil.copytree(MODEL, tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    name = "model.layers.1.mlp.up_proj.weight"
    weights[name][3, 5] = torch.nan
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [f"model.name={folder}"])
    with pytest.raises(UserError, match="not finite") as caught:
        inspect_model(recipe)
    assert caught.value.field == name
    with pytest.raises(UserError, match="not finite") as caught:
        load_model(Model(name=str(folder)))
    assert caught.value.field == name
