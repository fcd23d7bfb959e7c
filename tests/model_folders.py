"""Folders of models for tests, and what is changed in them."""

import json
import shutil

from conftest import MODEL, ROOT
from random_models import random_model

from iwsi.recipe.load import load_recipe


def recipe_of(folder, *overrides):
    """The demo's recipe with the model in that folder."""
    recipe = ROOT / "recipes" / "tiny_arith.yaml"
    return load_recipe(recipe, [f"model.name={folder}", *overrides])


def save_family(folder, kind, **options):
    """A random model of another family with the repository's tokenizer."""
    tokens = json.loads((MODEL / "config.json").read_text())["vocab_size"]
    random_model(kind, vocab_size=tokens + 8, **options).save_pretrained(str(folder))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(MODEL / name, folder / name)
    return folder


def change_json(file, **values):
    """Set values in a JSON file."""
    config = json.loads(file.read_text())
    file.write_text(json.dumps(config | values))
