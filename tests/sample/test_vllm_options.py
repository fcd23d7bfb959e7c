import pytest

from eval_predict.errors import UserError
from iwsi.sample.vllm_options import check_adapter_dtype, check_options, engine_options

needs_vllm = pytest.mark.skipif(not engine_options(), reason="vLLM is not installed")


@needs_vllm
def test_the_installed_engines_options_are_found_without_importing_it():
    assert {"max_num_seqs", "kv_cache_dtype", "quantization"} <= engine_options()


@needs_vllm
def test_an_unknown_option_is_refused_with_the_nearest():
    with pytest.raises(UserError, match=r'sample\.vllm\.max_num_seq: .*mean "max_num_seqs"'):
        check_options({"max_num_seq": 8})


def test_an_option_with_a_key_of_its_own_is_refused():
    with pytest.raises(UserError, match=r"sample\.vllm\.dtype: .*Remove it and set model\.dtype"):
        check_options({"dtype": "float16"})


def test_known_options_pass():
    check_options({})
    check_options({"max_num_seqs": 8})


def test_an_adapter_beside_float32_weights_is_refused():
    """vLLM's LoRA kernels end with an assertion, as seen on a GPU."""
    with pytest.raises(UserError, match=r"sample\.adapter: lora with a model in float32"):
        check_adapter_dtype("lora", "float32")
    check_adapter_dtype("lora", "bfloat16")
    check_adapter_dtype("merged", "float32")
