"""Ends with 1 and one line where PyTorch cannot use the GPU that nvidia-smi shows."""

import shutil
import subprocess
import sys


def problem() -> str | None:
    """What keeps this environment from using the GPU; None where all is well."""
    import torch

    if torch.version.cuda is None:
        return (
            f"torch {torch.__version__} is a CPU build; remove .venv and run scripts/setup.sh on "
            "the machine that has the GPU"
        )
    if not torch.cuda.is_available():
        return (
            f"torch {torch.__version__} is built for CUDA {torch.version.cuda} and finds no GPU; "
            f"the driver is {_driver()}. Install a driver for CUDA {torch.version.cuda} or newer "
            "(CUDA 13 needs r580)"
        )
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        return "there is no C compiler, which Triton needs when vLLM starts. Install gcc"
    return None


def _driver() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.strip().splitlines()[0] if answer.stdout.strip() else "unknown"


if __name__ == "__main__":
    found = problem()
    if found is not None:
        sys.exit(f"setup: {found}.")
