from conftest import ROOT

from iwsi.recipe.load import load_recipe
from iwsi.rounds.machine import machine_line


def _recipe(*overrides):
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)


def test_engine_device_dtype_and_processes_are_stated(monkeypatch):
    monkeypatch.setattr("iwsi.rounds.machine.device", lambda: "cpu")
    recipe = _recipe("sample.engine=transformers", "sample.processes=2", "model.dtype=float32")
    line = machine_line(recipe, "engine:None")
    assert line.startswith("samples: transformers on a CPU, float32, 2 processes, ")
    training = machine_line(_recipe("model.dtype=bfloat16"), "torch:1")
    assert training.startswith("scores and trains: PyTorch on a CPU, bfloat16, 1 process, ")


def test_a_server_is_named():
    recipe = _recipe("sample.engine=server", "sample.url=http://host:8000/v1")
    assert machine_line(recipe, "engine:None") == "samples: the server at http://host:8000/v1"
