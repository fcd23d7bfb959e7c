"""Loading a model and its tokenizer, with or without an adapter. Imports torch when called."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from eval_predict.errors import UserError
from iwsi.finite_weights import check_loaded
from iwsi.model_files import check_model, count_parameters, model_source, no_model
from iwsi.pickles import check_adapter, weights_options
from iwsi.pool.gpus import gpus_for
from iwsi.quantize import quantization_config
from iwsi.recipe import Model
from iwsi.runtime import startup

if TYPE_CHECKING:
    import torch

Placement = Literal["spread", "one", "late"]

# transformers' name of a warning.
_TOO_LONG = "sequence-length-is-longer-than-the-specified-maximum"


def load_tokenizer(model: Model) -> Any:
    """The model's tokenizer, with a padding token and the recipe's end token, if it names one.

    Raises:
        UserError: it cannot be loaded, or has no such token.
    """
    from transformers import AutoTokenizer

    startup.mark("imports")
    tokenizer = from_pretrained(AutoTokenizer, model)
    # iwsi compares lengths itself, and refuses a text that is too long in one line.
    tokenizer.deprecation_warnings[_TOO_LONG] = True
    if model.end_token is not None:
        if model.end_token not in tokenizer.get_vocab():
            raise UserError(
                field="model.end_token",
                got=f"{model.end_token!r}, no token of {model.title}",
                expected="a token that the model knows",
            )
        tokenizer.eos_token = model.end_token
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(
    model: Model,
    adapter: Path | None = None,
    *,
    attention: str | None = None,
    placement: Placement = "spread",
) -> Any:
    """The causal language model on its device, in evaluation mode, adapter merged in.

    Into quantised weights an adapter is not merged, which would round it: it stays beside them.

    Args:
        model: Which one.
        adapter: Folder of a PEFT adapter, or None.
        attention: An implementation's name; None: transformers' choice.
        placement: On GPUs. spread: read straight into the first one's memory, or layer by layer
            into that of all visible ones where the model is larger than one; one: into this
            process's; late: read into CPU memory and moved, as ZeRO-3 wants it.

    Raises:
        UserError: it cannot be loaded.
    """
    from iwsi.runtime.allocator import keep_freed_memory
    from iwsi.runtime.cpu_products import use_onednn
    from iwsi.runtime.gpu_attention import keep_off_cudnn

    if device() == "cuda":
        keep_off_cudnn()
    if model.quantize == "none":
        device_map = _device_map(model, placement) if device() == "cuda" else None
        loaded = load_weights(model, adapter, attention=attention, device_map=device_map)
        loaded = (loaded if device_map else loaded.to(device())).eval()
    else:
        loaded = _load_quantised(model, adapter, attention).eval()
    if device() != "cpu":
        return loaded
    keep_freed_memory()
    return use_onednn(loaded)


def load_weights(
    model: Model,
    adapter: Path | None = None,
    *,
    attention: str | None = None,
    device_map: Any = None,
) -> Any:
    """Load a model as `load_model` does, with transformers' own layers and never quantised.

    Without a `device_map` it lies in CPU memory.
    """
    loaded = _load(model, adapter, attn_implementation=attention, device_map=device_map)
    if adapter is not None:
        from peft import PeftModel

        loaded = PeftModel.from_pretrained(loaded, str(adapter)).merge_and_unload()
    return loaded


def weight_bytes(model: Model) -> int | None:
    """Bytes that the model's weights take on the device, or None if they are not in a folder.

    Raises:
        UserError: as `count_parameters`.
    """
    parameters = count_parameters(model_source(model))
    return None if parameters is None else parameters * resolve_dtype(model).itemsize


def _device_map(model: Model, placement: Placement) -> Any:
    """Where transformers puts the weights; None: into CPU memory."""
    import torch

    if placement == "late":
        return None
    if placement == "spread" and gpus_for(weight_bytes(model)) > 1:
        return "auto"
    return {"": torch.cuda.current_device()}


def _load_quantised(model: Model, adapter: Path | None, attention: str | None) -> Any:
    import torch

    where = f"cuda:{torch.cuda.current_device()}" if device() == "cuda" else "cpu"
    loaded = _load(
        model,
        adapter,
        attn_implementation=attention,
        quantization_config=quantization_config(model.quantize, resolve_dtype(model)),
        device_map={"": where},
    )
    if adapter is not None:
        from peft import PeftModel

        # The model itself, with the adapter's layers in it.
        loaded = PeftModel.from_pretrained(loaded, str(adapter)).get_base_model()
    return loaded


def _load(model: Model, adapter: Path | None, **options: Any) -> Any:
    """The base model, once the adapter's folder is seen to be one."""
    from transformers.utils.logging import disable_progress_bar

    startup.mark("imports")
    if adapter is not None:
        check_adapter(adapter)
    disable_progress_bar()  # ours is the one that is shown
    options |= weights_options(Path(model_source(model)), model)
    kind = auto_class(model_config(model))
    loaded, report = from_pretrained(
        kind, model, dtype=resolve_dtype(model), output_loading_info=True, **options
    )
    missing = sorted(report["missing_keys"]) if model.quantize == "none" else []
    if missing:
        raise UserError(
            field="model.name",
            got=f"{model.title}: no weights of {missing[0]}"
            + (f" and {len(missing) - 1} more" if missing[1:] else "")
            + ", which would be random",
            expected="weights of every layer that config.json names",
            fix="Check that the weights and config.json belong to the same model.",
        )
    check_loaded(loaded, model.title)
    if loaded.base_model is loaded and hasattr(loaded, "model"):
        loaded.base_model_prefix = "model"  # Llama 4 calls its decoder so, and gives another name
    return loaded


def auto_class(config: Any) -> Any:
    """The Auto class that loads a model to generate text with; families with images have another.

    Raises:
        UserError: the model generates no text.
    """
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING,
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
    )

    of_its_code = getattr(config, "auto_map", None) or {}
    if type(config) in MODEL_FOR_CAUSAL_LM_MAPPING or "AutoModelForCausalLM" in of_its_code:
        return AutoModelForCausalLM
    if type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        return AutoModelForImageTextToText
    raise UserError(
        field="model.name",
        got=f"a model of type {config.model_type}, which generates no text",
        expected="a causal language model, such as Llama, Qwen, Gemma or Mistral",
    )


def context_limit(model: Model) -> int:
    """Most tokens that the model has positions for.

    Raises:
        UserError: its configuration cannot be loaded.
    """
    text = model_config(model).get_text_config()
    return int(getattr(text, "max_position_embeddings", None) or 2**31)


def decoder_of(model: Any) -> Any:
    """The part of a causal language model below its output layer."""
    decoder = model.get_decoder()
    # ModernBERT's calls its output layer so.
    return model.base_model if decoder is model.get_output_embeddings() else decoder


def model_config(model: Model) -> Any:
    """The model's transformers configuration.

    Raises:
        UserError: it cannot be loaded.
    """
    from transformers import AutoConfig

    return from_pretrained(AutoConfig, model)


def device() -> str:
    """`cuda` where there is a GPU, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def resolve_dtype(model: Model) -> "torch.dtype":
    """The recipe's dtype; `auto` is bfloat16 on a GPU that has it, else float32."""
    import torch

    if model.dtype != "auto":
        dtype = getattr(torch, model.dtype)
        if isinstance(dtype, torch.dtype):
            return dtype
    has_bf16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if has_bf16 else torch.float32


def from_pretrained(kind: Any, model: Model, field: str = "model.name", **options: Any) -> Any:
    """Load the model, or a part of it, through one of transformers' Auto classes.

    Args:
        kind: The class.
        model: Which model.
        field: The recipe's key that names it, for errors.
        options: Of the class's `from_pretrained`.

    Raises:
        UserError: it cannot be loaded.
    """
    check_model(model, field)
    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)  # each of its retries
    # PEFT imports it wherever it is installed, and on a CPU it warns of kernels that it lacks.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    logging.getLogger("DeepSpeed").addFilter(_is_news)  # PEFT imports it, too
    source = model_source(model)  # whose errors name the GGUF file
    try:
        return kind.from_pretrained(
            source,
            revision=model.revision,
            trust_remote_code=model.trust_remote_code,
            **options,
        )
    except _UNREADABLE as error:
        text = " ".join(str(error).split()) or type(error).__name__
        if "trust_remote_code" in text:
            raise UserError(
                field=field,
                got=f"{model.title}: a model with code of its own, which is not run",
                expected="a model that transformers knows",
                fix="Where you trust its source, set trust_remote_code=true beside its name.",
            ) from error
        raise no_model(field, model.title, text[:300]) from error
    except Exception as error:
        if type(error).__name__ not in ("SafetensorError", *_STRICT):
            raise
        raise no_model(field, model.title, " ".join(str(error).split())[:300]) from error


# What transformers raises of files that are damaged or hold what its classes do not expect.
_UNREADABLE = (
    *(OSError, ValueError, TypeError, LookupError, AttributeError, ImportError, ArithmeticError),
)
_STRICT = ("StrictDataclassFieldValidationError", "StrictDataclassClassValidationError")


def _is_news(record: logging.LogRecord) -> bool:
    """DeepSpeed says of every machine without a GPU that it found none."""
    return "Setting accelerator to CPU" not in record.getMessage()
