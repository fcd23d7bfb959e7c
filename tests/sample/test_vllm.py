"""What vLLM is told of a GPU's memory; the engine itself is tried in test_engines.py."""

from iwsi.recipe import Sample
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
