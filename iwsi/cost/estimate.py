"""Time, memory and disk of a run by the kind of work, from counts and from the machine's rates."""

from dataclasses import dataclass
from typing import Any

from iwsi.cost.counts import Counts, Shares, Work, work_tokens
from iwsi.cost.rates import OPERATIONS, Rates, doing
from iwsi.recipe import Recipe
from iwsi.train.memory import token_bytes

GIB = 2**30
PROCESS_GIB = 0.8  # of Python with torch and transformers
CANDIDATE_BYTES = 40  # of a candidate's numbers and keys in compressed tables
TOKEN_TEXT_BYTES = 2  # of a token's text, compressed


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a kind of work in the whole run; memory is the peak of its process."""

    work: Work
    tokens: int
    seconds: float
    memory_gib: float


@dataclass(frozen=True, slots=True)
class Disk:
    """The size of a run directory, in GiB; merged weights are deleted when the run is done."""

    candidates: float
    adapters: float
    merged: float

    @property
    def kept(self) -> float:
        """What is left when the run is done."""
        return self.candidates + self.adapters

    @property
    def most(self) -> float:
        """What has to be free."""
        return self.kept + self.merged

    def __str__(self) -> str:
        """The room that a run takes, and for what."""
        parts = [f"candidates {_size(self.candidates)}", f"adapters {_size(self.adapters)}"]
        if self.merged:
            parts.append(f"merged weights {_size(self.merged)}, deleted at the end")
        return f"{_size(self.most)} at most: {', '.join(parts)}"


def costs(
    recipe: Recipe,
    counts: Counts,
    shares: Shares,
    parameters: int,
    config: Any,
    rates: Rates,
    value_bytes: int,
) -> list[Cost]:
    """The cost of each kind of work.

    Args:
        recipe: the run's recipe.
        counts: of its rows.
        shares: what its filter leaves.
        parameters: of the model.
        config: its transformers configuration.
        rates: of this machine, for a model of this size.
        value_bytes: of a value of the model.
    """
    starts: dict[Work, int] = {
        "sample": recipe.rounds,
        "audit": 0,  # in the processes of the stages beside it
        "score": recipe.rounds,
        "train": recipe.rounds + (recipe.warm_start is not None),
        "test": 1,
    }
    found = []
    for work, tokens in work_tokens(recipe, counts, shares).items():
        if not tokens:
            continue
        operations = OPERATIONS[work] * parameters * tokens
        seconds = (
            operations / rates.of(doing(work, counts.labels)) + rates.start_seconds * starts[work]
        )
        memory = _memory(work, recipe, counts, parameters, config, value_bytes) / GIB
        found.append(Cost(work, int(tokens), seconds, round(PROCESS_GIB + memory, 1)))
    return found


def disk(recipe: Recipe, counts: Counts, parameters: int, value_bytes: int) -> Disk:
    """The size of the run directory by what lies in it."""
    n = counts.labels or recipe.sample.n
    row = CANDIDATE_BYTES + TOKEN_TEXT_BYTES * (counts.answer + counts.prompt / n)
    candidates = 2 * recipe.rounds * (counts.questions + counts.labelled) * n * row
    adapters = recipe.rounds + (recipe.warm_start is not None)
    merges = recipe.sample.engine == "vllm" and recipe.sample.adapter != "lora"
    merged = adapters * parameters * value_bytes if merges else 0
    return Disk(candidates / GIB, adapters * 4 * counts.adapter / GIB, merged / GIB)


def _size(gib: float) -> str:
    """A size in the largest unit of which it has at least one."""
    mib = gib * 1024
    return f"{gib:.1f} GiB" if gib >= 1 else f"{mib:.0f} MiB" if mib >= 1 else "less than 1 MiB"


# Of a weight that bitsandbytes holds, constants included (arXiv:2305.14314, section 3).
_QUANTISED_BYTES = {"nf4": 4.127 / 8, "int8": 1.0}


def _weight_bytes(work: Work, recipe: Recipe, value_bytes: int) -> float:
    """Bytes of a weight; vLLM and servers do not hold it as `model.quantize` says."""
    ours = work in ("score", "train") or recipe.sample.engine == "transformers"
    return _QUANTISED_BYTES.get(recipe.model.quantize, value_bytes) if ours else value_bytes


def _memory(
    work: Work,
    recipe: Recipe,
    counts: Counts,
    parameters: int,
    config: Any,
    value_bytes: int,
) -> float:
    weights = parameters * _weight_bytes(work, recipe, value_bytes)
    if work == "train":
        sample_bytes = counts.longest * token_bytes(
            config, value_bytes, checkpointing=recipe.train.gradient_checkpointing
        )
        micro = recipe.train.micro_batch_size or recipe.train.batch_size
        optimizer = 4 * 4 * counts.adapter  # its weights, gradients, two moments
        return weights + micro * sample_bytes + optimizer
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    if isinstance(heads, list | tuple):  # of each layer
        heads = max(heads)
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    cached = float(2 * text.num_hidden_layers * heads * width * value_bytes)  # of a token
    if work == "score" or counts.labels:
        return weights + min(recipe.filter.batch_tokens, 1024 * counts.longest) * cached
    if recipe.sample.max_memory_gib:
        return weights + recipe.sample.max_memory_gib * GIB
    answers = min(256, counts.questions * recipe.sample.n)
    return weights + answers * (counts.longest + recipe.sample.max_tokens) * cached
