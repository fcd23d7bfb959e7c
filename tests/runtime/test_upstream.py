import importlib
import importlib.metadata
import importlib.util

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
        found = getattr(found, part)
    return found


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
