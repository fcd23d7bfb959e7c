"""A recipe for publication: without the folders of the machine on which it was run."""

from pathlib import Path
from typing import Any

from iwsi.recipe import Recipe
from iwsi.recipe.model import Model


def portable_recipe(recipe: Recipe) -> dict[str, Any]:
    """The recipe's values; an absolute path becomes relative to the working directory.

    Of a path outside of it the last part stays, which says what it was and not where.
    """
    values: dict[str, Any] = _portable(recipe.model_dump(mode="json"))
    return values


def base_name(model: Model) -> str:
    """The base that an adapter names: a hub id, or a folder from the working directory.

    A folder outside of the working directory keeps its whole path: no other one would load.
    """
    path = Path(model.name)
    if model.gguf or not path.is_absolute():
        return model.title
    relative = _relative(path)
    return str(relative) if relative else model.name


def shown_base(model: Model) -> str:
    """The base's name on a card: a hub id, or a folder or file without where it lay."""
    return str(_portable(model.title))


def _portable(value: Any) -> Any:
    match value:
        case dict():
            return {key: _portable(inner) for key, inner in value.items()}
        case list():
            return [_portable(inner) for inner in value]
        case str() if value.startswith("/") and "\n" not in value:
            return str(_relative(Path(value)) or Path(value).name)
    return value


def _relative(path: Path) -> Path | None:
    folder = Path.cwd()
    return path.relative_to(folder) if path.is_relative_to(folder) and path != folder else None
