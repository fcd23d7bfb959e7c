import ast
import importlib
import importlib.metadata
import importlib.util
import inspect
import re

import pytest
from conftest import ROOT

from iwsi.runtime.upstream import NAMES


def _resolve(name):
    module, _, attribute = name.partition(":")
    if module == "torch.ops.mkldnn":
        import torch

        found = torch.ops.mkldnn
    else:
        found = importlib.import_module(module)
    for part in attribute.split("."):
        if isinstance(found, type) and not hasattr(found, part):  # set by one of its methods
            return re.search(rf"\bself\.{part} = ", inspect.getsource(found))
        found = getattr(found, part)
    return found


def _foreign_attributes(path):
    """The names of all attributes such as `x._name` in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and re.match(r"_[A-Za-z]", node.attr):
            yield node.attr


@pytest.mark.parametrize("entry", NAMES, ids=lambda entry: entry.name)
def test_every_private_name_exists_and_its_places_do(entry):
    assert (ROOT / entry.used_in).is_file()
    assert (ROOT / entry.test).is_file()
    if importlib.util.find_spec(entry.library) is None:
        pytest.skip(f"{entry.library} is not installed")
    if entry.library != "vllm":  # its CPU build comes under another distribution's name
        assert importlib.metadata.version(entry.library).startswith(entry.version)
    if entry.library == "vllm":
        pytest.skip("importing vLLM takes 12 s; tests/sample/test_engines.py calls this name")
    assert _resolve(entry.name) is not None


def test_every_private_name_that_is_not_ours_is_listed():
    modules = [
        path for package in ("iwsi", "eval_predict") for path in (ROOT / package).rglob("*.py")
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    listed = {entry.name.rpartition(":")[2].rpartition(".")[2] for entry in NAMES}
    public = {
        "_replace",
        "_asdict",
        "_fields",
        "_make",
        "_exit",
    }  # documented in spite of their names
    for path in modules:
        for name in set(_foreign_attributes(path)) - listed - public:
            ours = rf"(?m)^ *(?:def {name}\b|{name}\b *[:=])|\bself\.{name}\b[^=\n]* = |\b{name}: "
            assert re.search(ours, text), f"{path.relative_to(ROOT)}: {name}"
