"""A stage that is tried again with less memory gives the same results."""

from conftest import ROOT

from iwsi.recipe import RESOURCE_KEYS
from iwsi.recipe.load import load_recipe
from iwsi.rounds.lean import leaner


def test_only_keys_change_on_which_no_result_depends():
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", ["filter.processes=2"])
    before, after = recipe.model_dump(), leaner(recipe).model_dump()
    changed = {
        f"{section}.{key}"
        for section, keys in before.items()
        if isinstance(keys, dict)
        for key in keys
        if keys[key] != after[section][key]
    }
    assert changed <= RESOURCE_KEYS
    assert changed >= {"filter.batch_tokens", "filter.processes", "train.micro_batch_size"}
    assert after["filter"]["batch_tokens"] == before["filter"]["batch_tokens"] // 4
    assert after["train"]["micro_batch_size"] == 1


def test_a_batch_that_is_small_is_not_raised():
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", ["filter.batch_tokens=100"])
    assert leaner(recipe).filter.batch_tokens == 100
