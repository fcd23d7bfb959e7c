"""The options that vLLM's engine takes, read from its source: importing it takes 12 seconds."""

import ast
import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from eval_predict.errors import UserError, nearest
from iwsi.recipe import AdapterUse

# Options that a key of the recipe sets, with that key.
_RECIPE_KEYS = {
    "model": "model.name",
    "tokenizer": "model.name",
    "revision": "model.revision",
    "trust_remote_code": "model.trust_remote_code",
    "dtype": "model.dtype",
    "enable_lora": "sample.adapter",
    "max_lora_rank": "sample.adapter",
    "quantization": "sample.quantization",
    "tensor_parallel_size": "sample.tensor_parallel",
    "data_parallel_size": "sample.processes",
    "max_model_len": "sample.max_tokens",
}


def check_options(options: Mapping[str, object]) -> None:
    """Refuse options that vLLM does not have, or that a key of the recipe sets.

    Raises:
        UserError: names the key.
    """
    names = engine_options() if options else frozenset()
    for name in options:
        if name in _RECIPE_KEYS:
            raise UserError(
                field=f"sample.vllm.{name}",
                got="an option that has a key of its own in the recipe",
                expected=f"{_RECIPE_KEYS[name]}",
                fix=f"Remove it and set {_RECIPE_KEYS[name]}.",
            )
        if names and name not in names:
            near = nearest(name, names)
            raise UserError(
                field=f"sample.vllm.{name}",
                got="no option of the installed vLLM's engine",
                expected="a field of vllm.EngineArgs, such as max_num_seqs or kv_cache_dtype",
                fix=f'Did you mean "{near}"?' if near else None,
            )


def check_adapter_dtype(adapter: AdapterUse, dtype: str) -> None:
    """Refuse an adapter beside weights in float32 on a GPU, for which vLLM has no kernel.

    Args:
        adapter: How the recipe uses adapters.
        dtype: That the model is loaded in, such as `bfloat16`.

    Raises:
        UserError: they do not go together.
    """
    if adapter == "lora" and dtype == "float32":
        raise UserError(
            field="sample.adapter",
            got="lora with a model in float32",
            expected="float16 or bfloat16, which vLLM's LoRA kernels on a GPU take",
            fix="Set sample.adapter=merged, or model.dtype=float16.",
        )


@cache
def engine_options() -> frozenset[str]:
    """The fields of `vllm.EngineArgs`; empty where vLLM is not installed."""
    spec = importlib.util.find_spec("vllm")
    if spec is None or not spec.submodule_search_locations:
        return frozenset()
    source = Path(spec.submodule_search_locations[0]) / "engine" / "arg_utils.py"
    tree = ast.parse(source.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "EngineArgs":
            return frozenset(
                field.target.id
                for field in node.body
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            )
    return frozenset()
