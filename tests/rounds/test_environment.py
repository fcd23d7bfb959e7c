import os

import pytest
from conftest import ROOT

from iwsi.recipe.load import load_recipe
from iwsi.rounds.environment import import_ahead, keep_one_gpu, prepare_environment


@pytest.mark.parametrize(
    ("visible", "kept"), [("2,3", "2"), ("GPU-abc,GPU-def", "GPU-abc"), ("1", "1")]
)
def test_the_first_visible_gpu_is_kept(monkeypatch, visible, kept):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    keep_one_gpu()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == kept


@pytest.mark.parametrize("visible", ["", "-1"])
def test_a_machine_without_a_gpu_gets_none(monkeypatch, visible):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    keep_one_gpu()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == visible


def test_a_machine_that_names_no_gpu_is_left_as_it_is(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("iwsi.rounds.environment.visible_gpus", list)
    keep_one_gpu()
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


@pytest.mark.parametrize(("deterministic", "variable"), [("true", "1"), ("false", None)])
def test_kernels_that_do_not_depend_on_the_batch_are_asked_for_by_the_recipe(
    monkeypatch, deterministic, variable
):
    environment = {}
    monkeypatch.setattr(os, "environ", environment)
    recipe = ROOT / "recipes" / "tiny_arith.yaml"
    prepare_environment(load_recipe(recipe, [f"sample.deterministic={deterministic}"]))
    assert environment.get("VLLM_BATCH_INVARIANT") == variable
    assert environment["VLLM_USE_FLASHINFER_SAMPLER"] == "0"


@pytest.mark.parametrize(
    ("family", "engine", "imported"),
    [
        ("torch", "transformers", ["iwsi.train.order"]),
        ("engine", "transformers", ["iwsi.sample.decoding"]),
        ("engine", "server", []),
    ],
)
def test_a_process_that_starts_ahead_imports_what_its_stages_will(
    monkeypatch, family, engine, imported
):
    seen = []
    monkeypatch.setattr("iwsi.rounds.environment.import_module", seen.append)
    url = ["sample.url=http://localhost:8000/v1"] if engine == "server" else []
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [f"sample.engine={engine}", *url])
    import_ahead(family, recipe)
    assert seen == imported
