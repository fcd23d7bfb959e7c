"""Model families that the installed vLLM cannot load, seen without importing it."""

import ast
import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.models import device, resolve_dtype
from iwsi.recipe import Model

_TABLES = ("_TEXT_GENERATION_MODELS", "_MULTIMODAL_MODELS", "_TRANSFORMERS_SUPPORTED_MODELS")
_GIVEN_UP = "_PREVIOUSLY_SUPPORTED_MODELS"
_FAILING = frozenset({"phimoe"})  # it runs transformers' code, whose router then fails
_NEED_GPU = frozenset({"falcon_mamba", "jamba", "mamba"})  # a scan that it compiles for GPUs alone


def check_family(model: Model, built: Any) -> None:
    """Refuse a model that vLLM has no code for, or none on this machine.

    Args:
        model: The recipe's.
        built: The model, with or without weights.

    Raises:
        UserError: says what is missing.
    """
    config = built.config
    if hasattr(config, "vision_config") and not _is_installed("torchvision"):
        raise UserError(
            field="sample.engine",
            got=f"vllm for {config.model_type}, a family that reads images, without torchvision",
            expected="the transformers engine, or an installed torchvision",
            fix="Set sample.engine=transformers, or install the torchvision that fits your torch.",
        )
    on_cpu = device() == "cpu"
    architectures = getattr(config, "architectures", None) or [type(built).__name__]
    kind = config.model_type
    works = _is_known(architectures, built) and kind not in _FAILING
    if not works or (on_cpu and kind in _NEED_GPU):
        raise UserError(
            field="sample.engine",
            got=f"vllm for {architectures[0]}, which it has no code for" + " on a CPU" * on_cpu,
            expected="the transformers engine",
            fix="Set sample.engine=transformers.",
        )
    delta_rule = hasattr(config.get_text_config(), "linear_key_head_dim")
    half = str(resolve_dtype(model)) == "torch.bfloat16"
    if delta_rule and not half and on_cpu:
        raise UserError(
            field="model.dtype",
            got=f"{model.dtype} for {config.model_type} with vLLM on a CPU",
            expected="bfloat16, the only type that its linear attention computes in there",
            fix="Set model.dtype=bfloat16, or sample.engine=transformers.",
        )


def _is_known(architectures: Iterable[str], built: Any) -> bool:
    """Whether vLLM has code for the model, or runs transformers' code with its attention."""
    names = _architectures(*_TABLES)
    if not names or not names.isdisjoint(architectures):
        return True
    if not _architectures(_GIVEN_UP).isdisjoint(architectures):
        return False
    kind = type(built)
    return bool(kind.is_backend_compatible() or kind._can_set_attn_implementation())


@cache
def _architectures(*tables: str) -> frozenset[str]:
    """Classes in vLLM's tables; empty where it is not installed, or keeps them elsewhere.

    Read from its source: importing it takes 12 seconds.
    """
    spec = importlib.util.find_spec("vllm")
    if spec is None or not spec.submodule_search_locations:
        return frozenset()
    root = Path(spec.submodule_search_locations[0])
    source = root / "model_executor" / "models" / "registry.py"
    if not source.is_file():
        return frozenset()
    names: set[str] = set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
            continue
        if any(isinstance(name, ast.Name) and name.id in tables for name in node.targets):
            keys = (key for key in node.value.keys if isinstance(key, ast.Constant))
            names |= {str(key.value) for key in keys}
    return frozenset(names)


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
