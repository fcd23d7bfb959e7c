"""What vLLM is told of memory; the engine itself is tried in test_engines.py."""

import sys
from types import SimpleNamespace

from conftest import MODEL
from transformers import LlamaConfig

from iwsi.recipe import Model, Sample
from iwsi.sample import vllm


def test_its_share_is_what_is_free_on_the_fullest_gpu(monkeypatch):
    monkeypatch.setattr(vllm, "gpu_memory", lambda: [(70, 80), (40, 80)])
    assert vllm._gpu_memory(Sample()) == {"gpu_memory_utilization": 0.45}


def test_a_cache_of_a_given_size_does_not_ask_for_the_default_share(monkeypatch):
    """On a GPU that others use the default of 0.92 is not free, and vLLM would not start."""
    monkeypatch.setattr(vllm, "gpu_memory", lambda: [(40, 80)])
    given = vllm._gpu_memory(Sample(max_memory_gib=2))
    assert given == {"gpu_memory_utilization": 0.45, "kv_cache_memory_bytes": 2 * 2**30}


def test_what_the_driver_does_not_say_is_left_to_vllm(monkeypatch):
    monkeypatch.setattr(vllm, "gpu_memory", list)
    assert vllm._gpu_memory(Sample()) == {}


def test_a_small_models_cache_on_a_cpu_holds_what_its_answers_can_fill_and_no_more(monkeypatch):
    free = SimpleNamespace(available=100 * vllm.GIB)
    monkeypatch.setattr("psutil.virtual_memory", lambda: free)
    config = LlamaConfig(
        hidden_size=1024, num_attention_heads=8, num_hidden_layers=4, num_key_value_heads=8
    )
    # 512 answers of 224 + 32 tokens, of 4 layers x 1024 keys and values x 4 bytes each.
    options = vllm._cpu_options(Sample(), 224, config)
    assert options["kv_cache_memory_bytes"] == 512 * 256 * 4 * 1024 * 2 * 4 == 4 * vllm.GIB
    assert vllm._cpu_options(Sample(), 96, config)["kv_cache_memory_bytes"] == 2 * vllm.GIB
    assert vllm._cpu_options(Sample(), 9000, config)["kv_cache_memory_bytes"] == 4 * vllm.GIB
    wanted = vllm._cpu_options(Sample(max_memory_gib=7), 96, config)
    assert wanted["kv_cache_memory_bytes"] == 7 * vllm.GIB


def test_an_option_of_the_recipe_replaces_what_iwsi_sets(monkeypatch):
    """vLLM got `enforce_eager` twice where a recipe had it, and did not start."""
    seen = {}
    fake = SimpleNamespace(LLM=lambda weights, **options: seen.update(options))
    monkeypatch.setitem(sys.modules, "vllm", fake)
    monkeypatch.setitem(sys.modules, "vllm.lora.request", SimpleNamespace(LoRARequest=None))
    monkeypatch.setattr(vllm, "import_vllm", lambda: None)
    for options, expected in (({}, True), ({"enforce_eager": False}, False)):
        vllm.VllmEngine(Sample(vllm=options), Model(name=str(MODEL)), None, max_length=64)
        assert seen["enforce_eager"] is expected
