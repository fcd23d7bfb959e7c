"""A model's skeleton, without its weights: what can be refused before anything is sampled.

The model is built on PyTorch's meta device from its configuration, and compared with the headers
of its weight files, with its tokenizer, and with the modules that the recipe adapts.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.lora import Adapter, adapted_layers, add_adapter
from iwsi.model_files import find_file
from iwsi.models import (
    auto_class,
    device,
    load_tokenizer,
    model_config,
)
from iwsi.recipe import Lora, Model, Recipe, Train
from iwsi.stored_weights import check_weights
from iwsi.vllm_families import check_family


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The properties of a model before its weights are loaded.

    Attributes:
        parameters: how many it has.
        adapted: kinds of module that the adapter changes, sorted.
        trainable: parameters of the adapter.
        warnings: sentences.
    """

    parameters: int
    adapted: tuple[str, ...]
    trainable: int
    warnings: tuple[str, ...] = ()


def inspect_model(recipe: Recipe) -> Skeleton:
    """Refuse a model that could not be sampled from, scored and trained as the recipe says.

    Raises:
        UserError: it is an encoder-decoder, quantised, of a kind that generates no text, has
            damaged or unfitting weights or a tokenizer that does not fit, or the adapter's target
            modules match nothing.
    """
    import torch
    from transformers.utils.logging import set_verbosity_error

    set_verbosity_error()  # a skeleton has no weights, of which transformers would warn
    model = recipe.model
    config = model_config(model)
    _refuse_kind(model, config)
    _refuse_size(model, config)
    try:
        with torch.device("meta"):
            built = auto_class(config).from_config(
                config, trust_remote_code=model.trust_remote_code, dtype=torch.float32
            )
    except UserError:
        raise
    except _UNBUILDABLE as error:
        raise UserError(
            field="model.name",
            got=f"{model.title}: {type(error).__name__}: {' '.join(str(error).split())[:200]}",
            expected="a config.json of which transformers can build a model",
            fix="Install the package that it names."
            if isinstance(error, ImportError)
            else "Download the model again.",
        ) from error
    if recipe.sample.engine == "vllm":
        check_family(model, built)
    _check_forward(model, built)
    check_weights(model, built)
    _check_tokenizer(model, built)
    _check_dtype(model, recipe.train)
    layers = adapted_layers(recipe.train.lora, built)
    parameters = sum(parameter.numel() for parameter in built.parameters())
    adapter = add_adapter(recipe.train.lora, built, layers.excluded)
    return Skeleton(
        parameters,
        adapter.kinds,
        adapter.parameters,
        (*_trusted_code(recipe), *_partly_matched(recipe.train.lora, adapter)),
    )


def _trusted_code(recipe: Recipe) -> list[str]:
    """Notes on code of others that runs because the recipe allows it."""
    model, rule = recipe.model, recipe.filter
    notes = []
    if model.trust_remote_code:
        notes.append(f"model.trust_remote_code: code that comes with {model.title} may run here")
    if model.allow_pickle:
        notes.append(f"model.allow_pickle: a pickle of {model.title} may run code here")
    if getattr(rule, "trust_remote_code", False):
        notes.append("filter.trust_remote_code: code that comes with the reward model may run here")
    return notes


_MOST_LAYERS = 2000  # of a model that exists; a wrong number would be built for hours
_UNBUILDABLE = (
    *(RuntimeError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError),
    *(ImportError, AssertionError),
)
# What a forward pass without weights raises of layers that do not fit each other, or of a cache
# that no layer keeps keys in; anything else may come of the missing weights.
_UNFIT = re.compile(
    r"must match the (size|existing size)|must have same reduction dim|shape '.*' is invalid"
    r"|only contain LinearAttention layers"
)
# Families of transformers whose sampling token by token gives other probabilities than a pass over
# the whole text does (`tests/test_families.py`), or which read what stands behind a token.
_NO_DECODERS = frozenset(
    {"bert-generation", "cpmant", "prophetnet", "rwkv", "xlm", "xlnet", "xlstm"}
)


def _refuse_size(model: Model, config: Any) -> None:
    layers = getattr(config.get_text_config(), "num_hidden_layers", 0)
    if isinstance(layers, int) and layers > _MOST_LAYERS:
        raise UserError(
            field="model.name",
            got=f"{model.title}: {layers:,} layers in config.json",
            expected=f"at most {_MOST_LAYERS:,}",
            fix="Download the model again.",
        )


def _refuse_kind(model: Model, config: Any) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    if getattr(config, "is_encoder_decoder", False):
        raise UserError(
            field="model.name",
            got=f"{model.title}, an encoder-decoder ({config.model_type})",
            expected="a causal language model, such as Llama, Qwen, Gemma or Mistral",
        )
    is_decoder = getattr(config, "is_decoder", False)
    if config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES and not is_decoder:
        raise UserError(
            field="model.name",
            got=f"{model.title}, an encoder ({config.model_type}), which generates no text",
            expected="a causal language model, such as Llama, Qwen, Gemma or Mistral",
        )
    if config.model_type in _NO_DECODERS:
        raise UserError(
            field="model.name",
            got=f"{model.title}, of a family ({config.model_type}) that transformers does not "
            "sample from as it scores",
            expected="a causal language model, such as Llama, Qwen, Gemma or Mistral",
        )
    quantised = getattr(config, "quantization_config", None)
    if quantised is not None and model.gguf is None:
        method = quantised.get("quant_method") if isinstance(quantised, dict) else quantised
        raise UserError(
            field="model.name",
            got=f"{model.title}, a quantised checkpoint ({method})",
            expected="weights in float32, bfloat16 or float16, on which an adapter is trained",
            fix="Use the model that it was quantised from.",
        )


def _check_forward(model: Model, built: Any) -> None:
    """Refuse layers that do not fit each other, by a forward pass without weights."""
    import torch

    ids = torch.zeros(1, 4, dtype=torch.long, device="meta")
    try:
        with torch.inference_mode():
            built(input_ids=ids)
    except Exception as error:
        text = " ".join(str(error).split())
        if _UNFIT.search(text):
            raise UserError(
                field="model.name",
                got=f"{model.title}: a model that transformers cannot run ({text[:200]})",
                expected="a config.json whose layers fit each other",
                fix="Download the model again, or correct its config.json.",
            ) from error


def _check_tokenizer(model: Model, built: Any) -> None:
    tokenizer = load_tokenizer(model)
    rows = built.get_input_embeddings().weight.shape[0]
    # Tokens that are never produced may lie beyond, as padding added by hand does.
    highest = max(tokenizer.get_vocab().values(), default=0)
    if highest >= rows:
        raise UserError(
            field="model.name",
            got=f"{model.title}: a tokenizer with ids up to {highest:,}, embeddings for {rows:,}",
            expected="embeddings for every token",
            fix="Resize the embeddings (model.resize_token_embeddings) and save the model again.",
        )
    _check_ends(model)
    if tokenizer.eos_token_id is None:
        raise UserError(
            field="model.end_token",
            got=f"{model.title}: a tokenizer without an end token",
            expected="a token that ends an answer",
            fix="Name one of its tokens as model.end_token.",
        )


def _check_ends(model: Model) -> None:
    """Refuse a generation_config.json whose end tokens would be lost, or cannot be used."""
    path = find_file(model, "generation_config.json")
    if path is None:
        return
    try:
        ends = json.loads(Path(path).read_text(encoding="utf-8")).get("eos_token_id")
        numbers = ends if isinstance(ends, list) else [] if ends is None else [ends]
        wrong = [number for number in numbers if type(number) is not int or number < 0]
        got = f"the end token {wrong[0]!r}" if wrong else None
    except (OSError, ValueError, AttributeError) as error:
        got = f"no JSON object ({str(error)[:80]})"
    if got:
        raise UserError(
            where=path,
            field="eos_token_id",
            got=got,
            expected="ids of the tokens that end an answer",
            fix="Download the file again, or remove it where the tokenizer's end token is enough.",
        )


def _check_dtype(model: Model, train: Train) -> None:
    if model.dtype != "float16":
        return
    if train.distributed.startswith("zero") or model.quantize != "none":
        other = (
            f"train.distributed={train.distributed}"
            if model.quantize == "none"
            else f"model.quantize={model.quantize}"
        )
        raise UserError(
            field="model.dtype",
            got=f"float16 with {other}",
            expected="bfloat16 or float32, whose gradients need no scale",
            fix="Set model.dtype=auto.",
        )
    if device() == "cpu":
        raise UserError(
            field="model.dtype",
            got="float16 on a machine without a GPU",
            expected="float32 or bfloat16",
            fix="Set model.dtype=auto.",
        )


def _partly_matched(lora: Lora, adapter: Adapter) -> tuple[str, ...]:
    adapted = adapter.kinds
    # Of fused experts PEFT knows the names that their layers had apart.
    if isinstance(lora.target_modules, str) or adapter.by_parameter:
        return ()
    missing = [t for t in lora.target_modules if t.rpartition(".")[2] not in adapted]
    if not missing:
        return ()
    return (
        f"train.lora.target_modules: this model has no {', '.join(missing)}; "
        f"only {', '.join(adapted)} will be adapted",
    )
