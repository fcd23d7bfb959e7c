"""The protocol of a sampling engine: prompts in, candidates out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

EngineName = Literal["vllm", "transformers", "server"]

FinishReason = Literal["stop", "length"]

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
    """One answer.

    Attributes:
        text: without end token, special tokens and what a stop string cut off.
        finish_reason: whether it ended, or was cut at the most tokens.
        num_tokens: sampled, end token included.
        logprob: the sum over those tokens, natural log, before temperature.
        token_ids: those tokens, where the text is all of them but the end token.
    """

    text: str
    finish_reason: FinishReason
    num_tokens: int
    logprob: float
    token_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to sample; `temperature` 0 is greedy.

    `completions` is a closed list of answers to score instead of sampling, each with what stands
    between a prompt and its answer.
    """

    n: int
    temperature: float
    top_p: float
    max_tokens: int
    stop: tuple[str, ...] = ()
    completions: tuple[str, ...] = ()


class Engine(Protocol):
    """Prompts in, candidates out."""

    name: EngineName

    def generate(
        self, prompts: Iterable[Prompt], decoding: Decoding
    ) -> Iterator[tuple[str, list[Candidate]]]:
        """Yield each question's id and n candidates as soon as it is done, in any order."""
        ...
