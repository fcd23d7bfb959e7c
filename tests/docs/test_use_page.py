"""docs/use.md: every block runs, on a run of one round that is written by hand."""

import importlib.util
import shlex
from contextlib import redirect_stdout
from functools import partial
from io import StringIO

import huggingface_hub.constants
import pytest
from conftest import ROOT
from docs.blocks import fenced, of_programs
from export.finished_run import finished_run
from export.hub_stand_in import hub
from typer.testing import CliRunner

import iwsi.cli

PAGE = ROOT / "docs" / "use.md"


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with `runs/my` in it."""
    folder = tmp_path_factory.mktemp("use")
    finished_run(folder / "runs" / "my")
    return folder


@pytest.fixture(autouse=True)
def _there(workplace, monkeypatch):
    monkeypatch.chdir(workplace)


def _run(line):
    return CliRunner().invoke(iwsi.cli.app, shlex.split(line)[1:])


def _printed(block):
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(block, PAGE.name, "exec"), {"__name__": "block"})  # noqa: S102  # our page
    return printed.getvalue()


def test_commands_and_python_run_in_the_order_of_the_page(monkeypatch, workplace):
    peft, whole, _, in_python = fenced(PAGE, "python")
    merge, gguf, push = of_programs(PAGE)
    assert "Answer:" in _printed(peft)
    done = _run(merge)
    assert done.exit_code == 0, done.output
    assert "Answer:" in _printed(whole)
    refused = _run(gguf)  # the page says so of the model of the demo
    assert refused.exit_code == 2
    assert "convert_hf_to_gguf.py" in refused.stderr
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    with hub() as stand_in:
        client = partial(huggingface_hub.HfApi, endpoint=stand_in.url, token="hf_0")  # noqa: S106
        monkeypatch.setattr(huggingface_hub, "HfApi", client)
        done = _run(push)
    assert done.exit_code == 0, done.output
    assert {"README.md", "adapter_model.safetensors", "data/train.parquet"} <= set(stand_in.files)
    assert str(workplace).encode() not in stand_in.files["README.md"]
    assert "0.75" in _printed(in_python)
    assert (workplace / "accuracy.svg").is_file()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
def test_vllm_loads_the_merged_model(workplace, monkeypatch):
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    if not (workplace / "my-model").exists():
        assert _run(of_programs(PAGE)[0]).exit_code == 0
    block = fenced(PAGE, "python")[2].replace(
        "max_model_len", "gpu_memory_utilization=0.2, max_model_len"
    )
    assert _printed(block).strip()
