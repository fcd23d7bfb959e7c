import json
import shutil

import pytest
from conftest import MODEL, ROOT
from random_models import random_model

from eval_predict.errors import UserError
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


def test_defaults_adapt_every_linear_layer():
    assert Lora().target_modules == "all-linear"


def test_a_pattern_that_is_none_is_refused(folder):
    with pytest.raises(UserError, match=r"which is no pattern \(missing \)"):
        inspect_model(_recipe(folder, "train.lora.target_modules=(q_proj"))


def test_layers_that_peft_does_not_adapt_are_refused_and_left_out_of_all(tmp_path):
    folder = _save(tmp_path / "mamba", "mamba", state_size=8)
    assert "out_proj" not in inspect_model(_recipe(folder)).adapted
    with pytest.raises(UserError, match=r"target_modules: out_proj"):
        inspect_model(_recipe(folder, "train.lora.target_modules=[out_proj]"))
