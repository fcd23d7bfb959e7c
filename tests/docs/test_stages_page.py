"""docs/stages.md: every stage of the code, the keys of recipes, and files that stages write."""

import importlib
import pkgutil
import re
from pathlib import PurePath

from conftest import ROOT

import iwsi.rounds.stages
from iwsi.recipe.shipped import recipe_keys
from iwsi.rounds.layout import RoundFiles

PAGE = (ROOT / "docs" / "stages.md").read_text(encoding="utf-8")


def test_every_stage_has_its_heading():
    modules = pkgutil.iter_modules(iwsi.rounds.stages.__path__)
    stages = [importlib.import_module(f"iwsi.rounds.stages.{module.name}") for module in modules]
    assert sorted(re.findall(r"^### `(\w+)`", PAGE, re.MULTILINE)) == sorted(
        stage.KIND.name for stage in stages
    )


def test_the_keys_that_it_names_are_keys_of_a_recipe():
    keys = [row.key for row in recipe_keys()]
    sections = {key[:place] for key in keys for place, letter in enumerate(key) if letter == "."}
    listed = re.findall(r"\*\*Keys\*\*([^.]*(?:\.\w[^.]*)*)\.", PAGE)
    named = [key for text in listed for key in re.findall(r"`([^`]+)`", text)]
    assert len(named) > 20
    assert [key for key in named if key not in {*keys, *sections}] == []


def test_the_files_of_a_round_that_it_names_are_in_the_layout():
    files = {PurePath(path).name for path in vars_of(RoundFiles.of(1))}
    named = {PurePath(path).name for path in re.findall(r"`round-[0N]/([\w./]+)`", PAGE)}
    assert len(named) > 8
    assert named - files == {"forecast.json"}  # a forecast's files are a class of their own


def vars_of(files):
    """The paths of a frozen dataclass with slots."""
    return [value for name in files.__slots__ if isinstance(value := getattr(files, name), str)]
