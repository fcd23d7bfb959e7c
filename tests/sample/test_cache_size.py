import pytest
import torch
from conftest import MODEL
from transformers import AutoConfig

from iwsi.models import load_model
from iwsi.recipe import Model
from iwsi.sample.cache_size import token_bytes


def test_a_token_takes_the_bytes_of_its_cache():
    model = load_model(Model(name=str(MODEL)), None)
    with torch.inference_mode():
        cache = model(torch.arange(5, 12)[None], use_cache=True).past_key_values
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert token_bytes(model.config, model.dtype.itemsize) == held // 7


@pytest.mark.parametrize("kind", ["mamba", "mpt", "gpt2", "bloom", "deepseek_v3"])
def test_a_configuration_may_have_other_names_for_its_sizes_or_none_of_them(kind):
    assert (token_bytes(AutoConfig.for_model(kind), 2) is None) == (kind == "mamba")
