import shutil

import pytest
from conftest import MODEL
from model_folders import recipe_of, save_family

from eval_predict.errors import UserError
from iwsi.recipe import Lora
from iwsi.skeleton import inspect_model


@pytest.fixture
def folder(tmp_path):
    """A copy of the model that comes with the repository."""
    return shutil.copytree(MODEL, tmp_path / "model")


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
        inspect_model(recipe_of(folder, f"train.lora.target_modules={targets}"))
    assert "train.lora.target_modules" in str(caught.value)


def test_a_pattern_adapts_what_it_matches(folder):
    found = inspect_model(recipe_of(folder, "train.lora.target_modules=.*q_proj"))
    assert found.adapted == ("q_proj",)


def test_target_modules_that_are_partly_there_are_warned_of(tmp_path):
    # Phi-3 has one projection for queries, keys and values, and one for gate and up.
    folder = save_family(tmp_path / "phi3", "phi3", pad_token_id=0)
    five = "[q_proj,k_proj,v_proj,up_proj,down_proj]"
    found = inspect_model(recipe_of(folder, f"train.lora.target_modules={five}"))
    assert found.adapted == ("down_proj",)
    assert "no q_proj, k_proj, v_proj, up_proj; only down_proj" in found.warnings[0]


def test_defaults_adapt_every_linear_layer():
    assert Lora().target_modules == "all-linear"


def test_a_pattern_that_is_none_is_refused(folder):
    with pytest.raises(UserError, match=r"which is no pattern \(missing \)"):
        inspect_model(recipe_of(folder, "train.lora.target_modules=(q_proj"))


def test_layers_that_peft_does_not_adapt_are_refused_and_left_out_of_all(tmp_path):
    folder = save_family(tmp_path / "mamba", "mamba", state_size=8)
    assert "out_proj" not in inspect_model(recipe_of(folder)).adapted
    with pytest.raises(UserError, match=r"target_modules: out_proj"):
        inspect_model(recipe_of(folder, "train.lora.target_modules=[out_proj]"))
