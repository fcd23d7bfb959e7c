"""The recipes that come with iwsi."""

from pathlib import Path
from typing import NamedTuple


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
