"""Resolves `train.distributed: auto` for this machine."""

from iwsi.models import weight_bytes
from iwsi.pool.gpus import gpu_memory, visible_gpus
from iwsi.recipe import Recipe

# Of a GPU's memory, for the weights of a model that is trained whole on each: the adapter, its
# optimizer and the activations of a sample take the rest.
TRAINED_WEIGHTS_SHARE = 0.6


def resolve_distributed(recipe: Recipe) -> Recipe:
    """The recipe with `train.distributed` and `train.num_processes` spelled out. Idempotent.

    auto is one process without or with one GPU; with several, DDP over as many as the batch
    divides into, or ZeRO-3 where the model fits on none of them. A number of processes that the
    recipe names stays.
    """
    train = recipe.train
    if train.distributed != "auto":
        return recipe
    named = train.num_processes
    count = named if named > 1 else _processes(recipe, len(visible_gpus()))
    kind = "none" if count == 1 else "ddp" if _fits_one(recipe) else "zero3"
    update = {"distributed": kind, "num_processes": count}
    return recipe.model_copy(update={"train": train.model_copy(update=update)})


def _processes(recipe: Recipe, gpus: int) -> int:
    """The largest number of GPUs that share the batch evenly."""
    train = recipe.train
    micro = train.micro_batch_size or 1
    return next((n for n in range(gpus, 1, -1) if train.batch_size % (n * micro) == 0), 1)


def _fits_one(recipe: Recipe) -> bool:
    """Whether each GPU holds the whole model; assumed where a size is not known."""
    if recipe.model.quantize != "none":
        return True  # quantised weights are not partitioned
    needed, memory = weight_bytes(recipe.model), gpu_memory()
    if needed is None or not memory:
        return True
    return needed <= TRAINED_WEIGHTS_SHARE * min(total for _, total in memory)
