"""Weights in 8 or 4 bits by bitsandbytes (`model.quantize`), and what is refused about them."""

import importlib.util
import logging
from typing import Any

from eval_predict.errors import UserError
from iwsi.recipe import Recipe
from iwsi.recipe.model import Quantize


def check_quantization(recipe: Recipe, *, engine: str, on_gpu: bool) -> None:
    """Refuse quantisation that could not work, before anything is done.

    Args:
        recipe: The run's recipe.
        engine: The sampling engine's name.
        on_gpu: Whether this machine has a GPU.

    Raises:
        UserError: bitsandbytes is missing, or training or the engine cannot use it.
    """
    if recipe.model.quantize != "none":
        _check_base(recipe)
    if recipe.sample.quantization is None:
        return
    if engine != "vllm":
        raise UserError(
            field="sample.quantization",
            got=f"{recipe.sample.quantization} with the {engine} engine",
            expected="null, or vLLM, which quantises the weights that it samples with",
            fix="Set model.quantize for the transformers engine, or sample.engine=vllm.",
        )
    if not on_gpu:
        raise UserError(
            field="sample.quantization",
            got=f"{recipe.sample.quantization} on a machine without a GPU",
            expected="null: vLLM has kernels for it on a GPU alone",
            fix="Remove sample.quantization.",
        )


def _check_base(recipe: Recipe) -> None:
    quantize = recipe.model.quantize
    if importlib.util.find_spec("bitsandbytes") is None:
        raise UserError(
            field="model.quantize",
            got=f"{quantize}, and bitsandbytes is not installed",
            expected="an installed bitsandbytes, or none",
            fix="Install it: pip install 'iwsi[quantize]'.",
        )
    if recipe.train.distributed.startswith("zero"):
        raise UserError(
            field="train.distributed",
            got=f"{recipe.train.distributed} with model.quantize={quantize}",
            expected="none or ddp: DeepSpeed does not split quantised weights",
            fix="Set train.distributed=ddp, or model.quantize=none.",
        )


def quantization_config(quantize: Quantize, dtype: Any) -> Any:
    """The argument of transformers' `from_pretrained`, computing in a torch dtype.

    NF4 with double quantisation is that of QLoRA (arXiv:2305.14314, section 3).
    """
    from transformers import BitsAndBytesConfig

    # On a CPU it says with each product that 8-bit products are computed in float16.
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    if quantize == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
