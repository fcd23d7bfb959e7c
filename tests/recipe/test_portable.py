from conftest import ROOT

from iwsi.recipe import Model
from iwsi.recipe.load import load_recipe
from iwsi.recipe.portable import base_name, portable_recipe, shown_base


def test_paths_are_relative_to_the_working_directory_or_a_bare_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = f"model.name={tmp_path}/base"
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [model])
    values = portable_recipe(recipe)
    assert values["model"]["name"] == "base"
    assert str(ROOT) not in str(values)


def test_a_base_outside_keeps_its_path_where_it_is_loaded_and_its_name_where_it_is_shown():
    model = Model(name="/models/base")
    assert base_name(model) == "/models/base"
    assert shown_base(model) == "base"
    assert shown_base(Model(name="org/base")) == base_name(Model(name="org/base")) == "org/base"
