import importlib.util

import pytest

from eval_predict.errors import UserError
from iwsi.recipe import Model, Sample
from iwsi.sample import start
from iwsi.sample.engine import VLLM_LORA_RANKS
from iwsi.sample.start import check_parallel, check_rank

HAS_VLLM = importlib.util.find_spec("vllm") is not None


needs_vllm = pytest.mark.skipif(not HAS_VLLM, reason="vLLM is not installed")


def test_a_rank_above_the_engines_limit_is_refused_before_training():
    with pytest.raises(UserError, match=r"train.lora.r: 600; expected at most 512"):
        check_rank("vllm", 600, "lora")
    check_rank("transformers", 600, "lora")
    check_rank("vllm", 600, "merged")


def test_float32_with_an_adapter_on_vllm_is_refused_where_there_is_a_gpu(monkeypatch):
    sample, model = Sample(adapter="lora"), Model(name="m", dtype="float32")
    check_parallel("vllm", sample, model)
    monkeypatch.setattr(start, "visible_gpus", lambda: ["0"])
    check_parallel("transformers", sample, model)
    with pytest.raises(UserError, match=r"sample\.adapter: lora with a model in float32"):
        check_parallel("vllm", sample, model)


@needs_vllm
def test_the_rank_limit_is_that_of_the_vllm_installed():
    from typing import get_args

    from vllm.config.lora import MaxLoRARanks

    assert get_args(MaxLoRARanks) == VLLM_LORA_RANKS
