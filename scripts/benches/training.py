"""LoRA training, against small batches padded to a fixed length with the loss on all tokens."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benches.registry import Benchmark, Measured, Subject, clock
from iwsi.models import load_tokenizer
from iwsi.recipe import Model, Recipe
from iwsi.recipe.load import load_recipe
from iwsi.tasks.encoding import encode
from iwsi.train.sft import train_adapter

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "tiny_arith.yaml"
PROMPT = 40  # tokens
ANSWER = (40, 200)  # tokens
# Shaped as GSM8K's: tokens of the few-shot text, a question and an answer, answers a question.
SHARED_TEXT, SHARED_QUESTION, SHARED_ANSWER, ANSWERS = 320, 65, 125, 6
SHARED_ROWS = {"tiny": 96, "110m": 24}
PADDED = 400  # tokens that the loop pads every sequence to
PADDED_BATCH = 4
RANK = 16
RATE = 1e-4
SHARED = ("train.order=by_question", "train.batch_size=24", "train.micro_batch_size=24")


def train_loss_tokens(subject: Subject, repeats: int) -> Measured:
    """Answers' tokens trained a second, from the first step to the saved adapter.

    They are what training is for: the loop's loss on prompts and padding is not counted. Both
    take one step on each of their rows, whose lengths are alike.
    """
    size = subject.size
    samples = _samples(subject, size.rows)
    few = samples.slice(0, size.few_rows)
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(_answer_tokens(subject, samples) / _ours_seconds(subject, samples))
        theirs.append(_answer_tokens(subject, few) / _padded_seconds(subject, few))
    unit = f"answer tokens/s, {size.rows} and {size.few_rows} rows"
    return Measured(max(ours), max(theirs), unit)


def train_shared(subject: Subject, repeats: int) -> Measured:
    """Answers' tokens trained a second, what rows share read once, against each row on its own.

    Both are this project's training, of the same rows in the same steps.
    """
    samples = _shared_samples(subject, SHARED_ROWS[subject.name])
    tokens = samples.num_rows * SHARED_ANSWER
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(tokens / _ours_seconds(subject, samples, *SHARED, "train.shared_text=auto"))
        theirs.append(tokens / _ours_seconds(subject, samples, *SHARED, "train.shared_text=never"))
    return Measured(max(ours), max(theirs), f"answer tokens/s, {samples.num_rows} rows")


def _ours_seconds(subject: Subject, samples: pa.Table, *overrides: str) -> float:
    began = []
    with tempfile.TemporaryDirectory() as folder:
        train_adapter(
            _recipe(subject, *overrides),
            samples,
            Path(folder) / "adapter",
            previous=None,
            seed=0,
            progress=lambda done, total: None,
            started=lambda: began.append(clock()),
        )
        return clock() - began[0]


def _padded_seconds(subject: Subject, samples: pa.Table) -> float:
    """A plain loop over batches of fixed length, every token's loss in the sum."""
    import torch
    from peft import LoraConfig, get_peft_model

    ids_NT, mask_NT = _padded(subject, samples)
    lora = LoraConfig(r=RANK, lora_alpha=RANK, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(subject.stock, lora).train()
    optimizer = torch.optim.AdamW(
        [weight for weight in model.parameters() if weight.requires_grad], lr=RATE
    )
    began = clock()
    for begin in range(0, len(ids_NT), PADDED_BATCH):
        ids_BT = torch.from_numpy(ids_NT[begin : begin + PADDED_BATCH]).to(model.device)
        mask_BT = torch.from_numpy(mask_NT[begin : begin + PADDED_BATCH]).to(model.device)
        loss = model(input_ids=ids_BT, attention_mask=mask_BT, labels=ids_BT).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
    seconds = clock() - began
    model.unload()
    subject.stock.eval().requires_grad_(True)
    return seconds


def _recipe(subject: Subject, *overrides: str) -> Recipe:
    values = {
        "model.name": subject.folder,
        "model.dtype": "float32",
        "train.epochs": 1,
        "train.lora.r": RANK,
        "train.lora.alpha": RANK,
        "train.learning_rate": RATE,
        "train.batch_size": 16,
        "train.micro_batch_size": 4,
        "train.scheduler": "constant",
        "train.warmup_share": 0,
    }
    usual = [f"{key}={value}" for key, value in values.items()]
    return load_recipe(RECIPE, [*usual, *overrides])


def _samples(subject: Subject, count: int) -> pa.Table:
    """Prompts and answers of known length, from words that are a token each."""
    rng = np.random.default_rng(0)
    tokenizer = load_tokenizer(Model(name=str(subject.folder)))
    words = _words(tokenizer)

    def text(tokens: int) -> str:
        return " ".join(rng.choice(words, tokens))

    lengths = rng.integers(*ANSWER, count, endpoint=True)
    # Each part of the rows has long and short ones.
    return pa.table(
        {
            "prompt": [text(PROMPT) for _ in lengths],
            "completion": [text(int(length)) for length in lengths],
        }
    )


def _shared_samples(subject: Subject, count: int) -> pa.Table:
    """Rows of equal length whose prompts begin alike, several to a question."""
    rng = np.random.default_rng(0)
    words = _words(load_tokenizer(Model(name=str(subject.folder))))

    def text(tokens: int) -> str:
        return " ".join(rng.choice(words, tokens))

    few_shot = text(SHARED_TEXT)
    prompts = [f"{few_shot} {text(SHARED_QUESTION)}" for _ in range(-(-count // ANSWERS))]
    return pa.table(
        {
            "prompt": [prompt for prompt in prompts for _ in range(ANSWERS)][:count],
            "completion": [text(SHARED_ANSWER) for _ in range(count)],
        }
    )


def _words(tokenizer: Any) -> list[str]:
    """Words that are one token each wherever they stand after a space."""
    ids = range(len(tokenizer) // 2, len(tokenizer))
    words = [tokenizer.decode([i]).strip() for i in ids]
    alone = len(tokenizer("a a")["input_ids"]) - 1
    return [
        word
        for word in words[:200]
        if word.isalnum() and len(tokenizer(f"a {word}")["input_ids"]) == alone + 1
    ]


def _encoded(subject: Subject, samples: pa.Table) -> list[Any]:
    tokenizer = load_tokenizer(Model(name=str(subject.folder)))
    answers = [" " + text for text in samples["completion"].to_pylist()]
    return list(encode(tokenizer, "", samples["prompt"].to_pylist(), answers))


def _answer_tokens(subject: Subject, samples: pa.Table) -> int:
    return sum(len(sample.ids) - sample.prompt for sample in _encoded(subject, samples))


def _padded(subject: Subject, samples: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    encoded = _encoded(subject, samples)
    ids_NT = np.zeros((len(encoded), PADDED), np.int64)
    mask_NT = np.zeros_like(ids_NT)
    for row, sample in enumerate(encoded):
        ids_NT[row, : len(sample.ids)] = sample.ids
        mask_NT[row, : len(sample.ids)] = 1
    return ids_NT, mask_NT


BENCHMARKS = (
    Benchmark("train_loss_tokens", 3, ("tiny", "110m"), train_loss_tokens),
    Benchmark("train_shared", 2.5, ("tiny", "110m"), train_shared),
)
