"""Every module has a test file at the mirrored path, so that its tests are found by its name."""

import ast
from pathlib import Path

from conftest import ROOT

TESTS = {"iwsi": ROOT / "tests", "eval_predict": ROOT / "tests" / "eval_predict"}
# Modules that define functions or classes and have no test file, each with the reason.
WITHOUT = {
    "eval_predict/bis/densities/density.py": "an abstract class, in test_densities.py",
    "iwsi/__main__.py": "test_main.py",
    "iwsi/recipe/audit.py": "one key, in recipe/test_malformed.py",
    "iwsi/recipe/warm_start.py": "three keys, in recipe/test_malformed.py",
    "iwsi/report/data.py": "dataclasses without methods",
    "iwsi/rounds/display.py": "a protocol, and a display that shows nothing",
    "iwsi/sample/engine.py": "a protocol and its dataclasses, in sample/test_engines.py",
    "iwsi/train/counts.py": "a named tuple without methods",
}


def _modules() -> list[Path]:
    """All but `__init__.py`, which the tests of its folder are about."""
    paths = [path for package in TESTS for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in paths if path.name != "__init__.py"]


def _defines_something(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)


def _test_file(path: Path) -> Path:
    package, *folders, name = path.relative_to(ROOT).parts
    return TESTS[package].joinpath(*folders, f"test_{name}")


def test_every_module_has_a_test_file_of_its_name():
    missing = {
        path.relative_to(ROOT).as_posix()
        for path in _modules()
        if _defines_something(path) and not _test_file(path).exists()
    }
    assert missing - WITHOUT.keys() == set()
    assert WITHOUT.keys() - missing == set()  # a reason without a module
