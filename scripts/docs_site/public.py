"""Pages of the API reference: every public name of a package, by mkdocstrings."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def page(package: str) -> str:
    """Every name in the package's `__all__`, from the module that defines it."""
    modules = homes(package)
    parts = [f"# {package} in Python", f"`from {package} import …`"]
    parts += [f"::: {modules[name]}.{name}" for name in sorted(modules, key=str.lower)]
    return "\n\n".join(parts) + "\n"


def homes(package: str) -> dict[str, str]:
    """The module of the package that defines each public name, by the imports for type checkers."""
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    public = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    )
    return {n: imported[n] for n in public if imported.get(n, "").startswith(package)}
