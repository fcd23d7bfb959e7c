"""Train a small Llama from scratch on prompts and answers, one of them a row."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

ROWS_SORTED_TOGETHER = 32
REPORTS = 10
HEAD = 32


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The size of the training and its optimiser's settings."""

    steps: int = 6000
    batch_size: int = 32
    learning_rate: float = 3e-3
    warmup_steps: int = 100
    weight_decay: float = 0.1
    gradient_norm: float = 1.0


@dataclass(frozen=True, slots=True)
class Size:
    """Of the model; its heads are 32 wide, its feed-forward layers twice as wide as the rest."""

    hidden: int = 128
    layers: int = 4


DEFAULT_SIZE = Size()


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """What one training took."""

    steps: int
    rows: int
    tokens: int
    seconds: float
    final_loss: float


def make_model(
    vocab_size: int, pad_id: int, eos_id: int, size: Size = DEFAULT_SIZE
) -> LlamaForCausalLM:
    """A Llama with tied embeddings."""
    config = LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=size.hidden,
        intermediate_size=2 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.hidden // HEAD,
        num_key_value_heads=size.hidden // HEAD,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=eos_id,
        pad_token_id=pad_id,
    )
    return LlamaForCausalLM(config)


def train(
    model: LlamaForCausalLM,
    rows: Sequence[Sequence[int]],
    plan: TrainingPlan,
    pad_id: int,
    rng: np.random.Generator,
) -> TrainingRecord:
    """Fit the model to every token of `rows`, each seen once; the rate falls to zero linearly."""
    optimizer = torch.optim.AdamW(
        _parameter_groups(model, plan.weight_decay),
        lr=plan.learning_rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    usual_tokens = sum(map(len, rows)) * plan.batch_size / len(rows)
    model.train()
    tokens, recent, began = 0, 0.0, time.perf_counter()
    for step, batch in enumerate(_batches(rows, plan.batch_size, pad_id, rng), start=1):
        rate = plan.learning_rate * _rate_factor(step, plan)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = _next_token_loss(model, batch, pad_id) / usual_tokens
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), plan.gradient_norm)
        optimizer.step()
        optimizer.zero_grad()
        tokens += int((batch != pad_id).sum())
        recent = loss.item() if step == 1 else 0.98 * recent + 0.02 * loss.item()
        if step % max(1, plan.steps // REPORTS) == 0:
            passed = time.perf_counter() - began
            print(f"step {step} of {plan.steps}: loss {recent:.3f}, {passed:.0f} s", flush=True)
    model.eval()
    return TrainingRecord(plan.steps, len(rows), tokens, time.perf_counter() - began, recent)


def _rate_factor(step: int, plan: TrainingPlan) -> float:
    warm = min(1.0, step / plan.warmup_steps)
    return warm * max(0.0, 1 - (step - 1) / plan.steps)


def _parameter_groups(model: LlamaForCausalLM, weight_decay: float) -> list[dict[str, object]]:
    """Norms are not decayed; matrices and embeddings are."""
    parameters = list(model.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
    ]


def _next_token_loss(model: LlamaForCausalLM, ids: torch.Tensor, pad_id: int) -> torch.Tensor:
    """Summed loss over the tokens of `ids` (batch, time); padding on the right needs no mask.

    A mean over each batch would favour short answers, as batches hold rows of one length.
    """
    logits = model(input_ids=ids, use_cache=False).logits
    return functional.cross_entropy(
        logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), ignore_index=pad_id, reduction="sum"
    )


def _batches(
    rows: Sequence[Sequence[int]], size: int, pad_id: int, rng: np.random.Generator
) -> Iterator[torch.Tensor]:
    """Batches of rows of like length, so little is padding; a short remainder is left out."""
    chunk = size * ROWS_SORTED_TOGETHER
    for first in range(0, len(rows) - size + 1, chunk):
        near = sorted(rows[first : first + chunk], key=len)
        starts = np.arange(0, len(near) - size + 1, size)
        for start in rng.permutation(starts):
            batch = near[start : start + size]
            width = len(batch[-1])
            yield torch.tensor([[*row, *[pad_id] * (width - len(row))] for row in batch])
