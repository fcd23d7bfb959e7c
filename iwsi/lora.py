"""Which layers of a model an adapter changes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from eval_predict.errors import UserError
from iwsi.recipe import Lora


@dataclass(frozen=True, slots=True)
class AdaptedLayers:
    """The layers that the recipe's target modules match.

    Attributes:
        kinds: of module, sorted.
        excluded: a pattern of whole names that target modules may match and that stay as they are;
            None: there are none.
    """

    kinds: tuple[str, ...]
    excluded: str | None


@dataclass(frozen=True, slots=True)
class Adapter:
    """The LoRA layers that PEFT adds to a model.

    Attributes:
        kinds: of module that it changes, sorted.
        parameters: how many are trained.
        by_parameter: whether it also changes layers that have no module, as fused experts.
    """

    kinds: tuple[str, ...]
    parameters: int
    by_parameter: bool


def add_adapter(lora: Lora, built: Any, excluded: str | None) -> Adapter:
    """Add an adapter to a model without weights, as training adds it to one with weights.

    Raises:
        UserError: PEFT does not adapt one of the layers.
    """
    import torch
    from peft import get_peft_model

    try:
        with torch.device("meta"):
            adapted = get_peft_model(built, lora_config(lora, excluded))
    except (ValueError, TypeError, NotImplementedError) as error:
        raise UserError(
            field="train.lora.target_modules",
            got=" ".join(str(error).split())[:300],
            expected="layers that PEFT adapts",
            fix="Name other layers, or set train.lora.target_modules=all-linear.",
        ) from error
    trained = {name: p for name, p in adapted.named_parameters() if p.requires_grad}
    modules = [name.partition(".lora_A")[0] for name in trained if ".lora_A" in name]
    return Adapter(
        _kinds(name.removesuffix(".base_layer") for name in modules),
        sum(parameter.numel() for parameter in trained.values()),
        bool(adapted.peft_config["default"].target_parameters),
    )


def lora_config(lora: Lora, excluded: str | None) -> Any:
    """PEFT's configuration of the recipe's adapter, but for what is `excluded`."""
    from peft import LoraConfig

    modules = lora.target_modules
    return LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=modules if isinstance(modules, str) else list(modules),
        exclude_modules=excluded,
        task_type="CAUSAL_LM",
    )


# Mamba's kernels read the weights of this layer and not the layer; PEFT refuses it.
_FUSED_OUTPUT = frozenset({"falcon_h1", "falcon_mamba", "mamba", "mamba2", "nemotron_h"})


def adapted_layers(lora: Lora, built: Any) -> AdaptedLayers:
    """The layers that the recipe's target modules match.

    Parts of a model that read images or sound stay as they are: text does not reach them. So do
    routers, which are linear layers with another result.

    Args:
        lora: The recipe's section.
        built: A model, with or without weights.

    Raises:
        UserError: the target modules match nothing that an adapter can change.
    """
    head, embeddings = built.get_output_embeddings(), built.get_input_embeddings()
    excluded = _excluded(built)
    layers = [
        name
        for name, module in built.named_modules()
        if module is not head
        and _is_adaptable(module)
        and not (excluded and re.fullmatch(excluded, name))
    ]
    targets = lora.target_modules
    if targets in ("", ()):
        raise _no_target("an empty list", layers)
    if isinstance(targets, str):
        try:
            re.compile(targets)
        except re.error as error:
            raise _no_target(f"{targets!r}, which is no pattern ({error})", layers) from None
    matched = [name for name in layers if _matches(targets, name)]
    if not matched:
        others = {n for n, m in built.named_modules() if m is head or m is embeddings}
        only_ends = any(_matches(targets, name) for name in others)
        matches = "the embeddings or the head alone" if only_ends else "no module of this model"
        shown = targets if isinstance(targets, str) else ", ".join(targets)
        raise _no_target(f"{shown}, which matches {matches}", layers)
    return AdaptedLayers(_kinds(matched), excluded)


def _excluded(built: Any) -> str | None:
    routers = [re.escape(n) for n, m in built.named_modules() if _has_another_result(m)]
    language = _language_model(built)
    outside = [rf"(?!{re.escape(language)}\.).*"] if language else []
    fused = [r".*\.out_proj"] if built.config.model_type in _FUSED_OUTPUT else []
    return "|".join([*outside, *routers, *fused]) or None


def _language_model(built: Any) -> str | None:
    """The name of the part that reads and writes text; None where the whole model does."""
    text = built.config.get_text_config()
    if text is built.config:
        return None
    for name, module in built.named_modules():
        if name and type(getattr(module, "config", None)) is type(text):
            return str(name)
    return None


def _has_another_result(module: Any) -> bool:
    """Whether a linear layer by its class gives something else than its product."""
    import torch

    kind = type(module)
    ours = kind.__module__.startswith(("bitsandbytes.", "iwsi."))
    if not isinstance(module, torch.nn.Linear) or ours or kind.forward is torch.nn.Linear.forward:
        return False
    weight = module.weight
    with torch.inference_mode():
        try:
            found = module(weight.new_zeros(2, module.in_features))
        except (RuntimeError, ValueError, IndexError):
            return True
    return not (isinstance(found, torch.Tensor) and found.shape == (2, module.out_features))


def _is_adaptable(module: Any) -> bool:
    import torch
    from transformers.pytorch_utils import Conv1D

    return isinstance(module, torch.nn.Linear | Conv1D)


def _matches(targets: str | tuple[str, ...], name: str) -> bool:
    """PEFT's rule: a string is a pattern for the whole name, a list holds ends of names."""
    if targets == "all-linear":
        return True
    if isinstance(targets, str):
        return re.fullmatch(targets, name) is not None
    return any(name == target or name.endswith(f".{target}") for target in targets)


def _no_target(got: str, layers: Iterable[str]) -> UserError:
    return UserError(
        field="train.lora.target_modules",
        got=got,
        expected=f"all-linear, or names among {', '.join(_kinds(layers))}",
        fix="Set train.lora.target_modules=all-linear to adapt every linear layer.",
    )


def _kinds(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name.rpartition(".")[2] for name in names}))
