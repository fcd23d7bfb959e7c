"""Which families vLLM is refused for before it is started."""

import pytest
from random_models import MORE_FAMILIES, random_model

from eval_predict.errors import UserError
from iwsi import vllm_families
from iwsi.recipe import Model
from iwsi.vllm_families import check_family


@pytest.mark.parametrize("kind", ["mpt", "gpt_neo", "xglm"])
def test_a_family_that_vllm_has_no_code_for_is_refused(kind):
    pytest.importorskip("vllm")
    with pytest.raises(UserError, match="which it has no code for") as caught:
        check_family(Model(name="/model"), random_model(kind, **MORE_FAMILIES[kind]))
    assert caught.value.field == "sample.engine"


# vLLM has code for the first two, and runs transformers' code of the third.
@pytest.mark.parametrize("kind", ["llama", "bloom", "doge"])
def test_a_family_that_vllm_runs_passes(kind):
    check_family(Model(name="/model"), random_model(kind, **MORE_FAMILIES.get(kind, {})))


def test_the_scan_of_mamba_needs_a_gpu(monkeypatch):
    mamba = random_model("mamba", **MORE_FAMILIES["mamba"])
    monkeypatch.setattr(vllm_families, "device", lambda: "cpu")
    with pytest.raises(UserError, match="MambaForCausalLM, which it has no code for on a CPU"):
        check_family(Model(name="/model"), mamba)
    monkeypatch.setattr(vllm_families, "device", lambda: "cuda")
    check_family(Model(name="/model"), mamba)


def test_the_delta_rule_is_computed_in_bfloat16_alone_on_a_cpu(monkeypatch):
    layers = ["linear_attention", "full_attention"]
    model = random_model("qwen3_next", layer_types=layers, head_dim=8, num_experts=2)
    monkeypatch.setattr(vllm_families, "device", lambda: "cpu")
    with pytest.raises(UserError, match="qwen3_next with vLLM on a CPU") as caught:
        check_family(Model(name="/model", dtype="float32"), model)
    assert caught.value.field == "model.dtype"
    check_family(Model(name="/model", dtype="bfloat16"), model)
