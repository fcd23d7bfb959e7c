"""A pool of actors on a Ray cluster, fed by Ray Data; imports ray when it is made."""

import importlib.util
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from eval_predict.errors import UserError
from iwsi.pool.gpus import too_few_gpus
from iwsi.pool.pool import Pool, Service

# Variables that engines read: an actor has its node's environment, so they are passed on.
_FORWARDED = ("VLLM_", "OMP_", "TOKENIZERS_", "CUDA_DEVICE_ORDER", "HF_HUB_OFFLINE")


def check_ray(section: str) -> None:
    """Refuse a cluster where there is no Ray.

    Raises:
        UserError: names the recipe's key.
    """
    if importlib.util.find_spec("ray") is None:
        raise UserError(
            field=f"{section}.cluster",
            got="ray, which is not installed",
            expected="an installed Ray",
            fix="Install Ray: pip install 'iwsi[ray]'.",
        )


class RayPool(Pool):
    """An actor holds a service; actors that are lost are started again, and their part is redone.

    The cluster is that of RAY_ADDRESS, or one that `ray start` made this machine a part of, else
    one of this machine alone, which ends with this process. Every run starts its own actors.
    Work, answers and the adapter travel through Ray; the model has to be there on every node.

    Args:
        service: What each actor makes one of.
        settings: What it is made with.
        adapter: Folder of a PEFT adapter, or None.
        section: The recipe's section, named in errors.
        processes: How many actors; None: as many as there are GPUs for, one where there is none.
        gpus_per_process: GPUs of an actor, where there are any.

    Raises:
        UserError: no Ray, no cluster at the address, or too few GPUs.
    """

    def __init__(
        self,
        service: type[Service],
        settings: dict[str, Any],
        adapter: Path | None,
        *,
        section: str,
        processes: int | None,
        gpus_per_process: int,
    ) -> None:
        check_ray(section)
        self._joined = _connect()
        import ray

        resources: dict[str, float] = ray.cluster_resources()
        gpus = int(resources.get("GPU", 0))
        self.size = processes or max(gpus // gpus_per_process, 1)
        if gpus and self.size * gpus_per_process > gpus:
            raise too_few_gpus(section, self.size, gpus_per_process, gpus, "in the cluster")
        self._service, self._settings, self._adapter = service, settings, adapter
        self._gpus_per_process = gpus_per_process if gpus else 0
        # Half of the cores stay free: what reads and moves tables waits for ever without any.
        self._cpus_per_process = min(resources.get("CPU", 1) / (2 * self.size), 1)

    def run(self, parts: Sequence[pa.Table], **request: Any) -> Iterator[pa.Table]:
        """Yield the answers to all parts, a table each, as they come."""
        import ray.data

        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        forwarded = {
            name: value for name, value in os.environ.items() if name.startswith(_FORWARDED)
        }
        answers = ray.data.from_arrow(list(parts)).map_batches(
            _Actor,
            fn_constructor_args=(self._service, self._settings, _files(self._adapter)),
            fn_kwargs={"request": request},
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=self.size, max_tasks_in_flight_per_actor=1),
            num_cpus=self._cpus_per_process,
            num_gpus=self._gpus_per_process,
            runtime_env={"env_vars": forwarded},
        )
        yield from answers.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)

    def close(self) -> None:
        """Leave the cluster, whose actors ended with their run; one of this machine alone ends."""
        import ray

        if self._joined:
            ray.shutdown()


class _Actor:
    """A service in an actor; whichever way Ray Data runs it, a part in is a table out."""

    def __init__(
        self, service: type[Service], settings: dict[str, Any], adapter: dict[str, bytes] | None
    ) -> None:
        with TemporaryDirectory() as folder:  # a service has read its adapter once it is made
            for name, data in (adapter or {}).items():
                (Path(folder) / name).write_bytes(data)
            self._service = service(Path(folder) if adapter else None, **settings)

    def __call__(self, part: pa.Table, request: dict[str, Any]) -> pa.Table:
        """The answers to a part."""
        return pa.concat_tables(self._service([part], **request))


def _connect() -> bool:
    """Join the cluster, or start one; returns whether it was not joined before."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    if ray.is_initialized():
        return False
    try:
        ray.init(include_dashboard=False, logging_level="WARNING")
    except (ConnectionError, ValueError) as error:
        raise UserError(
            field="RAY_ADDRESS",
            got=os.environ.get("RAY_ADDRESS", str(error)),
            expected="the address of a Ray cluster that answers",
            fix="Start a cluster with `ray start --head`, or unset RAY_ADDRESS to work on this "
            "machine alone.",
        ) from error
    return True


def _files(folder: Path | None) -> dict[str, bytes] | None:
    """The files of an adapter, which other nodes cannot see."""
    if folder is None:
        return None
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
