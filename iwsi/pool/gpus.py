"""Which GPUs each of several processes gets; asks the driver, and imports no torch."""

import os
import shutil
import subprocess

from eval_predict.errors import UserError

MIB = 2**20
# Of a GPU's memory, for the weights of a model that scores; states and logits take the rest.
SCORED_WEIGHTS_SHARE = 0.8


def visible_gpus() -> list[str]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name.strip() for name in given.split(",") if name.strip() not in ("", "-1")]
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    listed = subprocess.run(  # noqa: S603  # found on the PATH, no shell
        [command, "--list-gpus"], capture_output=True, text=True, check=False
    )
    names = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return [str(number) for number in range(len(names))]


def gpu_memory() -> list[tuple[int, int]]:
    """Free bytes and all bytes of each visible GPU, by its driver.

    No CUDA context is made, which would take memory of a GPU and be inherited by none of the
    processes that an engine starts. Empty where the driver does not say.
    """
    command, wanted = shutil.which("nvidia-smi"), visible_gpus()
    if command is None or not wanted:
        return []
    query = ["--query-gpu=index,uuid,memory.free,memory.total", "--format=csv,noheader,nounits"]
    listed = subprocess.run(  # noqa: S603  # found on the PATH, no shell
        [command, *query], capture_output=True, text=True, check=False
    )
    found: dict[str, tuple[int, int]] = {}
    for line in listed.stdout.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == 4 and fields[2].isdigit() and fields[3].isdigit():
            found[fields[0]] = found[fields[1]] = (int(fields[2]) * MIB, int(fields[3]) * MIB)
    return [found[name] for name in wanted] if all(name in found for name in wanted) else []


def gpus_for(weight_bytes: int | None) -> int:
    """How many of the visible GPUs one copy of a model takes for scoring; 1 if nothing is known."""
    memory = gpu_memory()
    if weight_bytes is None or not memory:
        return 1
    smallest = SCORED_WEIGHTS_SHARE * min(total for _, total in memory)
    return min(max(-(-weight_bytes // int(smallest)), 1), len(memory))


def share_gpus(processes: int | None, gpus_per_process: int, section: str) -> list[list[str]]:
    """The GPUs of each process, for the requested processes or as many as there are GPUs for.

    Args:
        processes: How many; None: as many as the visible GPUs give, one where there is none.
        gpus_per_process: GPUs of a process.
        section: The recipe's section, which an error names.

    Returns:
        A list of GPUs for each process, empty where there are none.

    Raises:
        UserError: more GPUs are asked for than are visible.
    """
    found = visible_gpus()
    if not found:
        return [[] for _ in range(processes or 1)]
    wanted = processes or max(len(found) // gpus_per_process, 1)
    if wanted * gpus_per_process > len(found):
        raise too_few_gpus(section, wanted, gpus_per_process, len(found), "visible")
    return [found[i * gpus_per_process : (i + 1) * gpus_per_process] for i in range(wanted)]


def too_few_gpus(
    section: str, processes: int, gpus_per_process: int, found: int, where: str
) -> UserError:
    """The error of a recipe that asks for more GPUs than are `where`."""
    also = " or sample.tensor_parallel" if section == "sample" and gpus_per_process > 1 else ""
    return UserError(
        field=f"{section}.processes",
        got=f"{processes}, for {processes * gpus_per_process} GPUs",
        expected=f"at most the {found} that are {where}",
        fix=f"Leave {section}.processes out, or lower it{also}.",
    )
