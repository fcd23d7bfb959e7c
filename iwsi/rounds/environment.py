"""The environment of a worker, set before it imports anything heavy, and those imports."""

import os
from importlib import import_module
from typing import Literal

from iwsi.model_files import count_parameters, model_source
from iwsi.pool.gpus import visible_gpus
from iwsi.recipe import Recipe
from iwsi.sample.local import resolve_engine
from iwsi.sample.vllm import import_vllm

# Below this a CPU's second thread costs more in waiting than it computes.
SMALL_MODEL = 20_000_000

# What a worker imports: a sampling engine, or what scores and trains.
Family = Literal["engine", "torch"]


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


def import_ahead(family: Family, recipe: Recipe) -> None:
    """Import what the stages of a family need, without touching a model or a GPU's memory."""
    if family == "torch":
        import_module("iwsi.train.order")  # torch, transformers, PEFT and TRL
        return
    match resolve_engine(recipe.sample):
        case "vllm":
            import_vllm()
        case "transformers":
            import_module("iwsi.sample.decoding")  # torch and transformers


def keep_one_gpu() -> None:
    """Hide all GPUs but the first from what is imported from here on."""
    gpus = visible_gpus()
    if gpus:  # without any, what comes later in this process would take "0" for one
        os.environ["CUDA_VISIBLE_DEVICES"] = gpus[0]
