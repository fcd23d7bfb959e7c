"""Starts the engine that a recipe names, and refuses what this machine cannot start."""

from pathlib import Path

from eval_predict.errors import UserError
from iwsi.pool.gpus import share_gpus, visible_gpus
from iwsi.pool.open import open_pool
from iwsi.pool.ray import check_ray
from iwsi.recipe import AdapterUse, Model, Sample
from iwsi.sample.engine import VLLM_LORA_RANKS, Engine, EngineName
from iwsi.sample.local import local_engine, resolve_engine
from iwsi.sample.service import EngineService, PooledEngine
from iwsi.sample.vllm_options import check_adapter_dtype


def make_engine(sample: Sample, model: Model, adapter: Path | None, *, max_length: int) -> Engine:
    """Start the engine with the model and, if there is one, its adapter: one, or many as one.

    Args:
        sample: The recipe's section.
        model: The base model.
        adapter: Folder of a PEFT adapter.
        max_length: Most tokens that a prompt and its answer will have.

    Raises:
        UserError: more GPUs are asked for than there are.
    """
    settings = {
        "sample": sample.model_dump(mode="json"),
        "model": model.model_dump(mode="json"),
        "max_length": max_length,
    }
    pool = open_pool(
        EngineService,
        settings,
        adapter,
        section="sample",
        processes=sample.processes,
        cluster=sample.cluster,
        gpus_per_process=sample.tensor_parallel,
    )
    if pool is None:
        return local_engine(sample, model, adapter, max_length=max_length)
    return PooledEngine(resolve_engine(sample), pool, sample.shard_size)


def check_rank(engine: EngineName, rank: int, adapter: AdapterUse) -> None:
    """Refuse an adapter that the engine could not load, before anything is trained.

    Raises:
        UserError: the rank is above the engine's limit.
    """
    if engine == "vllm" and adapter == "lora" and rank > VLLM_LORA_RANKS[-1]:
        raise UserError(
            field="train.lora.r",
            got=str(rank),
            expected=f"at most {VLLM_LORA_RANKS[-1]}, the highest rank that vLLM loads",
            fix="Lower train.lora.r, or use sample.adapter=merged.",
        )


def check_parallel(engine: EngineName, sample: Sample, model: Model) -> None:
    """Refuse a recipe that this machine's GPUs cannot sample with, before anything is done.

    Raises:
        UserError: too few GPUs, an engine that holds a model on one GPU only, no Ray, or an
            adapter in a number format that vLLM cannot use on a GPU.
    """
    if engine == "vllm" and visible_gpus():
        check_adapter_dtype(sample.adapter, model.dtype)
    if sample.tensor_parallel > 1 and engine != "vllm":
        raise UserError(
            field="sample.tensor_parallel",
            got=f"{sample.tensor_parallel} with the {engine} engine",
            expected="1, or vLLM, which spreads a model over GPUs",
            fix="Set sample.engine=vllm, or sample.tensor_parallel=1.",
        )
    if sample.cluster == "ray":
        check_ray("sample")
    else:
        share_gpus(sample.processes, sample.tensor_parallel, "sample")
