"""How many samples fit into memory at once, and retries with fewer where they do not."""

import gc
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import psutil

from eval_predict.errors import UserError
from iwsi.models import device
from iwsi.recipe import Recipe

T = TypeVar("T")
logger = logging.getLogger(__name__)

# Of what is free, so that what is not counted (the optimizer, other processes) has room.
USED = 0.6
# Values that training keeps for the backward pass, in each layer and for each token: so many times
# the hidden size and the size between the two products of an MLP. Inputs of linear layers are kept
# once for the layer and, with dropout, twice for its adapter. Measured on Llama models in float32:
# 192 rows of 310 tokens of SmolLM2-135M, 16 at a time, took 3.3 MB a token.
HIDDEN, BETWEEN = 25, 8


def fit_micro_batch(
    recipe: Recipe, config: Any, longest: int, value_bytes: int, shared: int = 0
) -> Recipe:
    """The recipe with a micro batch that fits into free memory, where it names none.

    A process of several takes its whole share: they would have to agree on a size.

    Args:
        recipe: the run's recipe.
        config: the model's configuration.
        longest: tokens of the longest sample; others are padded up to it.
        value_bytes: bytes of a value that is kept.
        shared: tokens that all samples begin with, which are kept once for all of them.
    """
    train = recipe.train
    if train.micro_batch_size is not None or train.num_processes > 1:
        return recipe
    token = token_bytes(config, value_bytes, checkpointing=train.gradient_checkpointing)
    room = USED * free_memory() - shared * token
    row_bytes = (longest - shared) * token
    return with_micro_batch(recipe, largest_micro(train.batch_size, row_bytes, room))


def until_it_fits(recipe: Recipe, attempt: Callable[[Recipe], T]) -> T:
    """The result of `attempt`, repeated with smaller micro batches where memory runs out.

    Raises:
        UserError: it runs out with one sample at a time.
    """
    while True:
        try:
            return attempt(recipe)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            recipe = smaller_micro_batch(recipe)
            logger.warning("out of memory: now %s samples at a time", recipe.train.micro_batch_size)
        give_back()  # here, because the handler holds on to what failed


def largest_micro(batch: int, sample_bytes: float, free: float) -> int:
    """The largest divisor of the batch whose samples fit into `free` bytes; at least 1."""
    fitting = (size for size in range(batch, 0, -1) if batch % size == 0)
    return next((size for size in fitting if size * sample_bytes <= free), 1)


def token_bytes(config: Any, value_bytes: int, *, checkpointing: bool = False) -> float:
    """Bytes that training a LoRA adapter keeps for each token until the backward pass.

    Args:
        config: a transformers configuration of a decoder.
        value_bytes: 4 in float32.
        checkpointing: only the input of each layer is kept, and one layer is computed again.
    """
    text = config.get_text_config()
    hidden = text.hidden_size
    between = getattr(text, "intermediate_size", None) or 4 * hidden
    if isinstance(between, list | tuple):  # of each layer
        between = max(between)
    layer = HIDDEN * hidden + BETWEEN * between
    layers = text.num_hidden_layers
    values = layers * hidden + layer if checkpointing else layers * layer
    return float(value_bytes * values)


def smaller_micro_batch(recipe: Recipe) -> Recipe:
    """The recipe with half as many samples at a time, or the next number that divides the batch.

    Raises:
        UserError: it is one already.
    """
    train = recipe.train
    micro = train.micro_batch_size or train.batch_size
    if micro == 1 or train.num_processes > 1:
        raise UserError(
            field="train.micro_batch_size",
            got=f"{micro}, and memory ran out",
            expected="samples that fit into memory",
            fix="Lower train.micro_batch_size."
            if micro > 1
            else "Set train.gradient_checkpointing=true, or a lower train.max_length.",
        )
    half = next(size for size in range(micro // 2, 0, -1) if train.batch_size % size == 0)
    return with_micro_batch(recipe, half)


def with_micro_batch(recipe: Recipe, micro: int) -> Recipe:
    """The recipe with so many samples in a forward pass."""
    train = recipe.train.model_copy(update={"micro_batch_size": micro})
    return recipe.model_copy(update={"train": train})


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a library says that there was no memory left, on a GPU or in the machine."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def free_memory() -> int:
    """Bytes that are free on the device that trains."""
    if device() == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    return int(psutil.virtual_memory().available)


def give_back() -> None:
    """Free what a failed training held."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
