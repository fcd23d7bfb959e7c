"""The environment of a worker, set before it imports anything heavy."""

import os

from iwsi.model_files import count_parameters, model_source
from iwsi.pool.gpus import visible_gpus
from iwsi.recipe import Recipe

# Below this a CPU's second thread costs more in waiting than it computes.
SMALL_MODEL = 20_000_000


def prepare_environment(recipe: Recipe) -> None:
    """Set what libraries read once, at import; what the user has set stays."""
    settings = {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # numbers GPUs as nvidia-smi does
        "TOKENIZERS_PARALLELISM": "false",  # else tokenizers warn whenever a process forks
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the engine lives and dies with this process
        "VLLM_NO_USAGE_STATS": "1",
        # PyTorch's sampler is used whenever requests have seeds, as ours do. Asking for it keeps
        # FlashInfer from compiling or downloading kernels at the first start.
        "VLLM_USE_FLASHINFER_SAMPLER": "0",
    }
    if recipe.sample.deterministic:
        settings["VLLM_BATCH_INVARIANT"] = "1"
    parameters = count_parameters(model_source(recipe.model))
    if parameters is not None and parameters < SMALL_MODEL:
        settings |= {"OMP_NUM_THREADS": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    for name, value in settings.items():
        os.environ.setdefault(name, value)


def keep_one_gpu() -> None:
    """Hide all GPUs but the first from what is imported from here on."""
    gpus = visible_gpus()
    if gpus:  # without any, what comes later in this process would take "0" for one
        os.environ["CUDA_VISIBLE_DEVICES"] = gpus[0]
