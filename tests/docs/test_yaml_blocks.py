"""The YAML that the documentation shows is of a recipe: whole, or sections that fit into one."""

import pytest
import yaml
from conftest import ROOT
from docs.blocks import PAGES, fenced

from iwsi.recipe.load import load_recipe

FOUND = [(page.name, text) for page in PAGES for text in fenced(page, "yaml")]


def _merged(values, block):
    """The recipe's values with those of the block, section by section."""
    both = {
        key: _merged(values[key], value)
        for key, value in block.items()
        if isinstance(value, dict) and isinstance(values.get(key), dict)
    }
    return values | block | both


@pytest.mark.parametrize(("page", "text"), FOUND, ids=lambda value: str(value)[:30])
def test_a_yaml_block_fits_into_a_recipe(page, text, tmp_path):
    block = yaml.safe_load(text)
    values = yaml.safe_load((ROOT / "recipes" / "tiny_arith.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(block if "task" in block else _merged(values, block)))
    recipe = load_recipe(path).model_dump()
    for section, keys in block.items():
        assert section in recipe
        assert not isinstance(keys, dict) or set(keys) <= set(recipe[section])


def test_blocks_are_found_on_several_pages():
    assert {"README.md", "forecast.md", "runs.md"} <= {page for page, _ in FOUND}
