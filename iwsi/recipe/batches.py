"""How the recipe's batch is spread over processes and forward passes."""

from typing import NamedTuple


class BatchSplit(NamedTuple):
    """Samples a process takes in one forward pass, and passes and processes of one step.

    Their product is the batch of the recipe.
    """

    micro: int
    accumulation: int
    processes: int


def split_batch(batch: int, micro: int | None = None, processes: int = 1) -> BatchSplit:
    """Spread `batch` samples over processes, each taking `micro` at a time; None: all at once.

    Raises:
        ValueError: it does not come out even.
    """
    if batch % processes:
        raise ValueError(
            f"batch_size ({batch}) is no multiple of num_processes ({processes}), of which each "
            "takes as many"
        )
    share = batch // processes
    if share % (micro or share):
        by = "micro_batch_size" if processes == 1 else "num_processes x micro_batch_size"
        sizes = f"{micro}" if processes == 1 else f"{processes} x {micro}"
        raise ValueError(f"batch_size ({batch}) is no multiple of {by} ({sizes})")
    return BatchSplit(micro or share, share // (micro or share), processes)
