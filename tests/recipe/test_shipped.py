import pytest
from conftest import ROOT

from iwsi.recipe.load import differing_keys, load_recipe
from iwsi.recipe.shipped import recipe_keys, shipped_recipes


@pytest.mark.parametrize("shipped", shipped_recipes(), ids=lambda shipped: shipped.name)
def test_every_shipped_recipe_loads_and_says_how_it_is_launched(shipped):
    load_recipe(shipped.path)
    first, second = shipped.path.read_text().splitlines()[:2]
    assert first.startswith(f"# Launch:    iwsi run recipes/{shipped.name}.yaml")
    assert second.startswith("# Override:")
    assert shipped.about


def test_the_two_anli_recipes_differ_in_name_and_splits_only():
    first, second = (load_recipe(ROOT / "recipes" / f"anli_r{number}.yaml") for number in (1, 2))
    keys = {line.partition(":")[0] for line in differing_keys(first, second)}
    splits = {f"task.{split}.split" for split in ("train", "validation", "test")}
    assert keys == {"task.name", *splits}


def test_the_keys_of_a_section_that_may_be_left_out_are_listed_after_it():
    keys = [row.key for row in recipe_keys()]
    begin = keys.index("warm_start")
    assert keys[begin : begin + 3] == ["warm_start", "warm_start.rows", "warm_start.epochs"]
    assert "task.answer.kind" not in keys  # it has several kinds of section
