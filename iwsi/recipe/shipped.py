"""The recipes that come with iwsi."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import NamedTuple

import yaml
from pydantic import BaseModel

from eval_predict.errors import UserError, nearest
from iwsi.recipe import Recipe
from iwsi.recipe.filter import DEFAULT, FILTERS, owners
from iwsi.recipe.section import subsection


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


def find_recipe(name: str) -> Path:
    """The file of a recipe that is named, or given as a file.

    Raises:
        UserError: no shipped recipe has that name, and no YAML file either.
    """
    if Path(name).suffix in (".yaml", ".yml") and Path(name).is_file():
        return Path(name)
    paths = {shipped.name: shipped.path for shipped in shipped_recipes()}
    if name in paths:
        return paths[name]
    near = nearest(name, paths)
    raise UserError(
        where="command line",
        got=f"{name!r}, no recipe that comes with iwsi and no .yaml file",
        expected=f"one of {', '.join(paths)}, or a file",
        fix=f'Did you mean "{near}"?' if near else None,
    )


def copy_recipe(name: str, out: Path, *, force: bool = False) -> Path:
    """Copy a shipped recipe, comments and all; what it names beside itself is found from there.

    Args:
        name: The recipe's name.
        out: The copy's file, or a folder to put it in.
        force: Write over what is there.

    Returns:
        The copy.

    Raises:
        UserError: no such recipe, a file of that name is there, or it cannot be written.
    """
    source = find_recipe(name)
    target = out / source.name if out.is_dir() else out
    if target.suffix not in (".yaml", ".yml") or not target.parent.is_dir():
        raise UserError(
            where=str(target),
            got="no name for a copy",
            expected="a .yaml file in a folder that is there",
        )
    if target.exists() and not force:
        raise UserError(
            where=str(target),
            got="a file that is there already",
            expected="a new name",
            fix="Choose another file, or overwrite this one with --force.",
        )
    text = source.read_text(encoding="utf-8")
    for begin, end, path in reversed(list(_relative_paths(text, source.parent))):
        text = text[:begin] + json.dumps(str(path), ensure_ascii=False) + text[end:]
    target.write_text(text.replace(f"recipes/{source.name}", str(target)), encoding="utf-8")
    return target


def _relative_paths(text: str, folder: Path) -> Iterator[tuple[int, int, Path]]:
    """Where a value stands that begins with ./ or ../ and names something in `folder`."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.ScalarEvent) and event.value.startswith(("./", "../")):
            path = (folder / event.value).resolve()
            if path.exists() and event.start_mark and event.end_mark:
                yield event.start_mark.index, event.end_mark.index, path


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
        key, inner = f"{prefix}{name}", subsection(field.annotation)
        if key == "filter":
            yield from _filter_keys()
            continue
        if inner is None or isinstance(field.default, (str, NoneType)):  # it may be left out
            value = field.get_default(call_default_factory=True)
            default = "required" if field.is_required() else json.dumps(value)
            yield RecipeKey(key, default, field.description or "")
        if inner is not None and not isinstance(field.default, str):
            yield from _keys(inner, f"{key}.")


def _filter_keys() -> Iterator[RecipeKey]:
    """The keys of every filter's section, each once, with the methods that have it."""
    methods = "; ".join(f"{name}: {section.__doc__}" for name, section in FILTERS.items())
    yield RecipeKey("filter.method", json.dumps(DEFAULT), methods)
    seen = {"method"}
    for section in FILTERS.values():
        for key in _keys(section, ""):
            if key.key not in seen:
                seen.add(key.key)
                sections = owners(key.key)
                which = "" if len(sections) == len(FILTERS) else f"{', '.join(sections)}: "
                yield key._replace(key=f"filter.{key.key}", about=which + key.about)


def _folder() -> Path:
    package_root = Path(__file__).resolve().parent.parent
    # An installed wheel holds the recipes; in a checkout they lie beside the package.
    packaged = package_root / "_recipes"
    return packaged if packaged.is_dir() else package_root.parent / "recipes"


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
