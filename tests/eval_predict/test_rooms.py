"""Rooms import only rooms below them."""

import ast
from pathlib import Path

import pytest

import eval_predict

ROOT = Path(eval_predict.__file__).parent
# From the lowest to the highest; those of one line know nothing of each other.
FLOORS = (
    {"errors"},
    {"data"},
    {"stats"},
    {"irt"},
    {"select"},
    {"predict"},
    {"methods"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def _imports(path: Path) -> set[str]:
    """The rooms that a module imports, wherever in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    parts = [module.split(".") for module in modules if module]
    return {part[1] for part in parts if part[0] == "eval_predict" and len(part) > 1}


@pytest.mark.parametrize("room", list(FLOOR))
def test_a_room_imports_only_rooms_below_it(room: str) -> None:
    place = ROOT / room
    modules = list(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    assert modules
    for module in modules:
        for other in _imports(module) - {room}:
            assert FLOOR.get(other, len(FLOORS)) < FLOOR[room], f"{module} imports {other}"
