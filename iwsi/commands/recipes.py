"""The recipes that come with iwsi."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from iwsi.recipe import Recipe


class ShippedRecipe(NamedTuple):
    """A recipe file and the first lines of what it says of itself."""

    name: str
    path: Path
    about: str


def shipped_recipes() -> list[ShippedRecipe]:
    """Every recipe, by name."""
    return [
        ShippedRecipe(path.stem, path, _about(path)) for path in sorted(_folder().glob("*.yaml"))
    ]


class RecipeKey(NamedTuple):
    """A key as one writes it, its default as YAML or `required`, and what it is for."""

    key: str
    default: str
    about: str


def recipe_keys() -> list[RecipeKey]:
    """Every key that a recipe may have, in the order of the schema."""
    return list(_keys(Recipe, ""))


def _keys(section: type[BaseModel], prefix: str) -> Iterator[RecipeKey]:
    for name, field in section.model_fields.items():
        key, annotation = f"{prefix}{name}", field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _keys(annotation, f"{key}.")
        else:
            default = "required" if field.is_required() else json.dumps(field.default)
            yield RecipeKey(key, default, field.description or "")


def _folder() -> Path:
    here = Path(__file__).resolve().parent.parent
    packaged = here / "_recipes"  # an installed wheel; in a checkout they lie beside the package
    return packaged if packaged.is_dir() else here.parent / "recipes"


def _about(path: Path) -> str:
    """The first paragraph of the comment at the top that is no launch line, as one line."""
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.removeprefix("#").strip()
        if not line.startswith("#") or (lines and not text):
            break
        if text and not text.startswith(("Launch:", "Override:")):
            lines.append(text)
    return " ".join(lines)
