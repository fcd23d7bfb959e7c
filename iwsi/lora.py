"""Which layers of a model an adapter changes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eval_predict.errors import UserError
from iwsi.recipe import Lora


@dataclass(frozen=True, slots=True)
class AdaptedLayers:
    """The layers that an adapter changes.

    Attributes:
        kinds: of module, sorted.
        trainable: parameters of the adapter.
        excluded: a pattern of whole names that target modules may match and that stay as they are;
            None: there are none.
    """

    kinds: tuple[str, ...]
    trainable: int
    excluded: str | None


def adapted_layers(lora: Lora, built: Any) -> AdaptedLayers:
    """What the recipe's target modules match.

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
    layers = {
        name: shape
        for name, module in built.named_modules()
        if module is not head
        and (shape := _layer_shape(module)) is not None
        and not (excluded and re.fullmatch(excluded, name))
    }
    targets = lora.target_modules
    if targets in ("", ()):
        raise _no_target("an empty list", layers)
    matched = [name for name in layers if _matches(targets, name)]
    if not matched:
        others = {n for n, m in built.named_modules() if m is head or m is embeddings}
        only_ends = any(_matches(targets, name) for name in others)
        what = "the embeddings or the head alone" if only_ends else "no module of this model"
        shown = targets if isinstance(targets, str) else ", ".join(targets)
        raise _no_target(f"{shown}, which matches {what}", layers)
    trainable = sum(lora.r * sum(layers[name]) for name in matched)
    return AdaptedLayers(_kinds(matched), trainable, excluded)


def _excluded(built: Any) -> str | None:
    routers = [re.escape(n) for n, m in built.named_modules() if _has_another_result(m)]
    language = _language_model(built)
    outside = [rf"(?!{re.escape(language)}\.).*"] if language else []
    return "|".join([*outside, *routers]) or None


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


def _layer_shape(module: Any) -> tuple[int, int] | None:
    """Inputs and outputs of a layer that LoRA adapts; None for all other modules."""
    import torch
    from transformers.pytorch_utils import Conv1D

    if isinstance(module, torch.nn.Linear):
        return module.in_features, module.out_features
    if isinstance(module, Conv1D):
        return module.weight.shape[0], module.weight.shape[1]
    return None


def _matches(targets: str | tuple[str, ...], name: str) -> bool:
    """PEFT's rule: a string is a pattern for the whole name, a list holds ends of names."""
    if targets == "all-linear":
        return True
    if isinstance(targets, str):
        return re.fullmatch(targets, name) is not None
    return any(name == target or name.endswith(f".{target}") for target in targets)


def _no_target(got: str, layers: Mapping[str, Any]) -> UserError:
    return UserError(
        field="train.lora.target_modules",
        got=got,
        expected=f"all-linear, or names among {', '.join(_kinds(layers))}",
        fix="Set train.lora.target_modules=all-linear to adapt every linear layer.",
    )


def _kinds(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name.rpartition(".")[2] for name in names}))
