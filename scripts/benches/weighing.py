"""DS-weight scoring: against padding, against reading prefixes again, against matrix products."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from benches.registry import Benchmark, Measured, Subject, seconds
from iwsi.runtime.cpu_products import use_onednn
from iwsi.scoring.losses import token_losses
from iwsi.tasks.encoding import Encoded

CANDIDATES = 15  # candidates of a question
PROMPT = 40  # tokens of a question
ANSWER = (40, 200)  # tokens of a candidate
FEW_SHOT = 500  # tokens
PADDED = 400  # tokens that the loop pads every sequence to
PADDED_BATCH = 4
BATCH_TOKENS = 16_384  # the recipe's default
SIDE = 2048  # of the square matrices that give the machine's rate


def weigh_padding(subject: Subject, repeats: int) -> Measured:
    """Candidates a second, against a loop that pads to a fixed length and keeps all logits."""
    samples = _samples(subject, few_shot=0)
    theirs = _some(samples, subject.size.part)
    ours_s, theirs_s = seconds(
        repeats,
        lambda: token_losses(subject.model, samples, batch_tokens=BATCH_TOKENS),
        lambda: padded_losses(subject.stock, theirs),
    )
    return Measured(len(samples) / ours_s, len(theirs) / theirs_s, "candidates/s")


def weigh_prefix(subject: Subject, repeats: int) -> Measured:
    """Candidates a second behind a few-shot text, against reading it again for each."""
    samples = _samples(subject, few_shot=FEW_SHOT)
    theirs = _some(samples, subject.size.part)
    ours_s, theirs_s = seconds(
        repeats,
        lambda: token_losses(subject.model, samples, batch_tokens=BATCH_TOKENS),
        lambda: token_losses(subject.model, theirs, batch_tokens=BATCH_TOKENS, share=False),
    )
    return Measured(len(samples) / ours_s, len(theirs) / theirs_s, "candidates/s")


def weigh_matmul_share(subject: Subject, repeats: int) -> Measured:
    """Arithmetic a second in scoring, padding not counted, against one large matrix product.

    Nothing is shared here, so that every token is one of a whole sequence. The machine's rate is
    that of the faster of PyTorch's libraries.
    """
    samples = _some(_samples(subject, few_shot=0), subject.size.part)
    weights = subject.model.get_output_embeddings().weight
    matrix = torch.randn(SIDE, SIDE, dtype=weights.dtype, device=weights.device)
    square = use_onednn(torch.nn.Sequential(torch.nn.Linear(SIDE, SIDE, bias=False)))
    square = square.to(matrix.device, matrix.dtype)
    with torch.inference_mode():
        ours_s, *theirs_s = seconds(
            repeats,
            lambda: token_losses(subject.model, samples, batch_tokens=BATCH_TOKENS, share=False),
            lambda: [float((matrix @ matrix)[0, 0]) for _ in range(8)],
            lambda: [float(square(matrix)[0, 0]) for _ in range(8)],
        )
    done = _arithmetic(subject.model, [len(sample.ids) for sample in samples])
    return Measured(done / ours_s / 1e9, 8 * 2 * SIDE**3 / min(theirs_s) / 1e9, "GFLOP/s")


def padded_losses(model: Any, samples: Sequence[Encoded]) -> np.ndarray:
    """Mean loss of each sequence, in small batches of fixed length with all logits at once.

    Source: arXiv:2408.09849, whose authors' code does the same.

    Returns:
        Shape (N,).
    """
    means = []
    with torch.no_grad():
        for begin in range(0, len(samples), PADDED_BATCH):
            batch = samples[begin : begin + PADDED_BATCH]
            ids_BT = torch.zeros(len(batch), PADDED, dtype=torch.long)
            mask_BT = torch.zeros_like(ids_BT)
            for row, sample in enumerate(batch):
                ids_BT[row, : len(sample.ids)] = torch.from_numpy(sample.ids)
                mask_BT[row, : len(sample.ids)] = 1
            ids_BT, mask_BT = ids_BT.to(model.device), mask_BT.to(model.device)
            logits_BTV = model(input_ids=ids_BT, attention_mask=mask_BT).logits
            logits_NV = logits_BTV[:, :-1].contiguous().view(-1, logits_BTV.shape[-1])
            losses_N = torch.nn.functional.cross_entropy(
                logits_NV, ids_BT[:, 1:].reshape(-1), reduction="none"
            )
            losses_BT, counted_BT = losses_N.view(len(batch), -1), mask_BT[:, 1:]
            means.append((losses_BT * counted_BT).sum(dim=1) / counted_BT.sum(dim=1))
    return torch.cat(means).cpu().numpy()


def _samples(subject: Subject, *, few_shot: int) -> list[Encoded]:
    rng = np.random.default_rng(0)
    vocabulary = subject.model.get_output_embeddings().weight.shape[0]

    def tokens(count: int) -> np.ndarray:
        return rng.integers(3, vocabulary, count, dtype=np.int32)

    context = tokens(few_shot)
    samples: list[Encoded] = []
    while len(samples) < subject.size.candidates:
        before = np.concatenate([context, tokens(PROMPT)])
        for length in rng.integers(*ANSWER, CANDIDATES, endpoint=True):
            ids = np.concatenate([before, tokens(length)])
            samples.append(Encoded(ids, few_shot, len(before)))
    return samples[: subject.size.candidates]


def _some(samples: list[Encoded], part: int) -> list[Encoded]:
    """One of every `part` samples, of the same lengths as all."""
    return sorted(samples, key=lambda sample: len(sample.ids))[part // 2 :: part]


def _arithmetic(model: Any, lengths: Sequence[int]) -> float:
    """Multiplications and additions of the forward passes of whole sequences, no padding."""
    config = model.config
    embedding = model.get_input_embeddings().weight.numel()
    tied = config.tie_word_embeddings
    products = sum(parameter.numel() for parameter in model.parameters())
    products -= 0 if tied else embedding
    attended = sum(length * (length + 1) / 2 for length in lengths)
    width = config.num_attention_heads * config.head_dim
    return 2.0 * products * sum(lengths) + 4.0 * width * config.num_hidden_layers * attended


BENCHMARKS = (
    Benchmark("weigh_padding", 6, ("tiny", "110m"), weigh_padding),
    Benchmark("weigh_prefix", 5, ("tiny", "110m"), weigh_prefix),
    Benchmark("weigh_matmul_share", 0.5, ("110m",), weigh_matmul_share),
)
