"""What a run will take: tokens, time, memory and disk of each kind of stage, from a few counts."""

from dataclasses import dataclass
from typing import Any, Literal

from iwsi.filter.methods import method_of
from iwsi.recipe import Recipe
from iwsi.rounds.rates import FORWARD
from iwsi.train.memory import token_bytes

GIB = 2**30
Work = Literal["sample", "audit", "score", "train", "test"]

# Assumed until a run has shown them: the share of candidates that agree with their majority.
VOTED = 0.7
START_SECONDS = 10.0  # of an engine or a trainer
# Operations a token and parameter in training: backward through frozen weights takes as many as
# forward.
TRAINED = 4
PROCESS_GIB = 0.8  # of Python with torch and transformers
CANDIDATE_BYTES = 40  # of a candidate's numbers and keys in compressed tables
TOKEN_TEXT_BYTES = 2  # of a token's text, compressed


@dataclass(frozen=True, slots=True)
class Counts:
    """What a recipe's rows come to; tokens are means unless they say otherwise."""

    questions: int
    labelled: int  # rows that no warm start takes
    warm: int
    tests: int
    prompt: float  # tokens, without the few-shot text
    few_shot: int
    answer: float
    longest: int  # tokens of the longest sample
    adapter: int  # parameters of the LoRA adapter
    labels: int | None = None  # of a closed list; None where answers are generated


@dataclass(frozen=True, slots=True)
class Cost:
    """What a kind of work takes in the whole run; memory is the peak of its process."""

    work: Work
    tokens: int
    seconds: float
    memory_gib: float


def costs(
    recipe: Recipe, counts: Counts, parameters: int, config: Any, rate: float, value_bytes: int
) -> list[Cost]:
    """The cost of each kind of work.

    Args:
        recipe: the run's.
        counts: of its rows.
        parameters: of the model.
        config: its transformers configuration.
        rate: operations a second that this machine reaches with a model of this size.
        value_bytes: of a value of the model.
    """
    tokens = work_tokens(recipe, counts)
    starts: dict[Work, int] = {
        "sample": recipe.rounds,
        "audit": recipe.rounds if recipe.audit else 0,
        "score": recipe.rounds,
        "train": recipe.rounds + (recipe.warm_start is not None),
        "test": 1,
    }
    found = []
    for work, amount in tokens.items():
        if not amount:
            continue
        operations = (TRAINED if work == "train" else FORWARD) * parameters * amount
        seconds = operations / rate + START_SECONDS * starts[work]
        memory = _memory(work, recipe, counts, parameters, config, value_bytes) / GIB
        found.append(Cost(work, int(amount), seconds, round(PROCESS_GIB + memory, 1)))
    return found


def work_tokens(recipe: Recipe, counts: Counts) -> dict[Work, float]:
    """Tokens that the model reads or writes in the whole run, by the kind of work.

    A prompt is read once for all answers to it, and where samples are scored the few-shot text
    once for all prompts. In training every sample is read with all that is before it.
    """
    n = counts.labels or recipe.sample.n
    whole = counts.few_shot + counts.prompt
    per_question = whole + n * counts.answer
    voted = counts.questions * (1 if counts.labels else n * VOTED)
    kept = voted * getattr(recipe.filter, "keep", 1.0)
    audited = min(recipe.audit.rows, counts.labelled) if recipe.audit else 0
    scored = (counts.questions * counts.prompt + voted * counts.answer) * _scores(recipe)
    warm_epochs = (recipe.warm_start and recipe.warm_start.epochs) or recipe.train.epochs
    test_answers = counts.labels or 1
    tests = {"every": recipe.rounds + 1, "final": 2, "never": 0}[recipe.test.full]
    tests += recipe.warm_start is not None
    return {
        "sample": recipe.rounds * counts.questions * per_question,
        "audit": recipe.rounds * audited * (per_question + 2 * (counts.prompt + counts.answer)),
        "score": recipe.rounds * scored,
        "train": (counts.few_shot * recipe.train.few_shot + counts.prompt + counts.answer)
        * (recipe.rounds * kept * recipe.train.epochs + counts.warm * warm_epochs),
        "test": tests * counts.tests * (whole + test_answers * counts.answer),
    }


def disk_gib(recipe: Recipe, counts: Counts) -> float:
    """What the run directory will hold: candidates, and an adapter a round."""
    n = counts.labels or recipe.sample.n
    row = CANDIDATE_BYTES + TOKEN_TEXT_BYTES * (counts.answer + counts.prompt / n)
    candidates = recipe.rounds * (counts.questions + counts.labelled) * n * row
    adapters = recipe.rounds + (recipe.warm_start is not None)
    return (2 * candidates + adapters * 4 * counts.adapter) / GIB


def _memory(
    work: Work,
    recipe: Recipe,
    counts: Counts,
    parameters: int,
    config: Any,
    value_bytes: int,
) -> float:
    weights = float(parameters * value_bytes)
    if work == "train":
        sample_bytes = counts.longest * token_bytes(
            config, value_bytes, checkpointing=recipe.train.gradient_checkpointing
        )
        micro = recipe.train.micro_batch_size or recipe.train.batch_size
        optimizer = 4 * 4 * counts.adapter  # its weights, gradients, two moments
        return weights + micro * sample_bytes + optimizer
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    cached = float(2 * text.num_hidden_layers * heads * width * value_bytes)  # of a token
    if work == "score" or counts.labels:
        return weights + min(recipe.filter.batch_tokens, 1024 * counts.longest) * cached
    if recipe.sample.max_memory_gib:
        return weights + recipe.sample.max_memory_gib * GIB
    answers = min(256, counts.questions * recipe.sample.n)
    return weights + answers * (counts.longest + recipe.sample.max_tokens) * cached


def _scores(recipe: Recipe) -> bool:
    return bool(method_of(recipe.filter).needs & {"losses", "ratings", "rewards", "shift"})
