"""What a card could do at best: lower bounds of a round's time from its rates alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """Peak rates as the vendor states them, without sparsity."""

    name: str
    flops: float  # matrix products in bf16, a second
    bandwidth: float  # bytes of memory a second
    memory: float  # bytes


@dataclass(frozen=True, slots=True)
class Decoder:
    """A decoder in bf16."""

    name: str
    parameters: float
    cache_token: float  # bytes of keys and values of a token, all layers


@dataclass(frozen=True, slots=True)
class Round:
    """How much a round of a recipe works through; lengths in tokens."""

    questions: int
    candidates: int  # of a question
    few_shot: int
    question: int
    answer: int
    kept: float  # share of the candidates that are trained
    epochs: int
    batch: int


H100 = Card("H100 SXM", flops=989e12, bandwidth=3.35e12, memory=80e9)
# 32 layers, 8 key-value heads of width 128, keys and values of 2 bytes.
LLAMA_8B = Decoder("Llama-3.1-8B", parameters=8.03e9, cache_token=32 * 8 * 128 * 2 * 2)
GSM8K = Round(
    questions=7473,
    candidates=15,
    few_shot=320,
    question=65,
    answer=125,
    kept=0.5,
    epochs=4,
    batch=16,
)


def limits(card: Card, model: Decoder, work: Round) -> list[tuple[str, float]]:
    """Stages and the least seconds that they can take on one card.

    Sampling reads the weights once a step for all sequences of the batch, and each sequence's
    cache; the few-shot text's cache is shared. Scoring reads each answer forward once, 2
    operations a parameter and token. LoRA training takes 4: forward, and backward to the
    activations but not to the weights; once with each row whole, once with what rows share read
    once a batch.
    """
    rows = work.questions * work.candidates
    weights = 2 * model.parameters
    sequence = model.cache_token * (work.question + work.answer / 2)
    batch = int((0.9 * card.memory - weights) / (sequence * 1.5))
    step = (weights + batch * sequence) / card.bandwidth
    compute = 2 * model.parameters * batch / card.flops
    sampling = rows * work.answer / batch * max(step, compute)
    token = 2 * model.parameters / card.flops
    trained = rows * work.kept * work.epochs
    whole = work.few_shot + work.question + work.answer
    shared = work.few_shot / work.batch + work.question + work.answer
    return [
        ("sampling", sampling),
        ("scoring", rows * (work.answer + work.question / work.candidates) * token),
        ("training, rows whole", trained * whole * 2 * token),
        ("training, few-shot text once a batch", trained * shared * 2 * token),
    ]


def report() -> str:
    """The bounds as a table."""
    head = (
        f"{LLAMA_8B.name} in bf16 on one {H100.name}, GSM8K's recipe, half of the candidates kept"
    )
    rows = [
        f"{name:<40} {seconds / 60:>7.1f} min" for name, seconds in limits(H100, LLAMA_8B, GSM8K)
    ]
    return "\n".join([head, *rows]) + "\n"
