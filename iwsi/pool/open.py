"""Which pool a section of the recipe gets on this machine, if it needs one at all."""

from pathlib import Path
from typing import Any, Literal

from iwsi.pool.gpus import share_gpus
from iwsi.pool.pool import Pool, Service
from iwsi.pool.processes import ProcessPool
from iwsi.pool.ray import RayPool


def open_pool(
    service: type[Service],
    settings: dict[str, Any],
    adapter: Path | None,
    *,
    section: str,
    processes: int | None,
    cluster: Literal["none", "ray"],
    gpus_per_process: int = 1,
) -> Pool | None:
    """Start the workers that a section configures; None: one service in this process is enough.

    Args:
        service: What each worker makes one of.
        settings: What it is made with, JSON values all.
        adapter: Folder of a PEFT adapter, or None.
        section: The recipe's section, for errors.
        processes: How many workers; None: as many as there are GPUs for, one where there is none.
        cluster: ray: they are actors of a Ray cluster; none: processes of this machine.
        gpus_per_process: GPUs of a worker, where there are any.

    Raises:
        UserError: more GPUs are asked for than there are, no Ray, or no cluster that answers.
        InternalError: a worker failed at its start.
    """
    if cluster == "ray":
        return RayPool(
            service,
            settings,
            adapter,
            section=section,
            processes=processes,
            gpus_per_process=gpus_per_process,
        )
    gpus = share_gpus(processes, gpus_per_process, section)
    return ProcessPool(service, settings, adapter, gpus) if len(gpus) > 1 else None
