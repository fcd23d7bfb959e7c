"""One round's training: a LoRA adapter on what the filter kept."""

import gc
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from eval_predict.errors import UserError
from iwsi.files import remove
from iwsi.models import context_limit, load_tokenizer, model_config, resolve_dtype
from iwsi.recipe import LossOver, Recipe
from iwsi.tasks.encoding import Encoded
from iwsi.tasks.sample_text import SampleText, token_rows
from iwsi.train.checkpoints import Checkpoints
from iwsi.train.counts import SampleCounts
from iwsi.train.distribution import resolve_distributed
from iwsi.train.memory import fit_micro_batch, until_it_fits
from iwsi.train.pairs import pair_rows, row_tokens
from iwsi.train.saving import save_adapter
from iwsi.train.shared_text import PROMPT_TOKENS, common_start
from iwsi.train.trackers import tracked_run, training_tracked
from iwsi.train.trainer import CannotJoinError, make_trainer, may_join, scratch_of


def train_adapter(
    recipe: Recipe,
    samples: pa.Table,
    adapter: Path,
    *,
    previous: Path | None,
    seed: int,
    progress: Callable[[int, int], None],
    started: Callable[[], None] = lambda: None,
) -> SampleCounts:
    """Train a LoRA adapter on columns `prompt, completion` and save it to the folder `adapter`.

    A column `token_ids`, where there is one, holds the completions' tokens as they were sampled:
    these are trained on, and the text where one is null.

    Columns `prompt, chosen, rejected, weight` are preference pairs, trained by `train.objective`.

    A column `weight`, where there is one, holds the loss weights. They are divided by their mean
    over the trained tokens, so that the effective learning rate stays the same.

    Metrics go to `train_metrics.jsonl` inside it, one line a logging step.

    Args:
        recipe: Its `model` and `train` sections are used, and the task's few-shot text.
        samples: N prompts and completions, or pairs, N ≥ 1.
        adapter: Where the adapter goes, whole or not at all.
        previous: An adapter to go on from, or None for a fresh one.
        seed: Of initialisation, order and dropout.
        progress: Called with optimizer steps done and their total.
        started: Called when the model is loaded and training begins.

    Returns:
        Counts: `trained` samples and those left out as `too_long` for the model.

    Raises:
        UserError: nothing to train on, or every sample is too long.
    """
    recipe = resolve_distributed(recipe)
    scratch = scratch_of(adapter)
    if Checkpoints(recipe, samples, previous, seed, scratch).last() is None:
        remove(scratch)  # another training's, or cut off before its first
    options: dict[str, Any] = {"previous": previous, "seed": seed}
    if recipe.train.distributed != "none":
        from iwsi.train.launch import train_on_processes

        return train_on_processes(recipe, samples, adapter, progress, started, **options)
    return train_in_process(recipe, samples, adapter, progress, started, **options)


def train_in_process(
    recipe: Recipe,
    samples: pa.Table,
    adapter: Path,
    progress: Callable[[int, int], None],
    started: Callable[[], None],
    *,
    previous: Path | None,
    seed: int,
) -> SampleCounts:
    """Train an adapter in this process, which may be one of several that a launcher started."""
    tokenizer = load_tokenizer(recipe.model)
    scratch = scratch_of(adapter)
    make_rows = pair_rows if "rejected" in samples.column_names else _rows
    rows, counts = make_rows(recipe, tokenizer, samples)
    longest = max(map(row_tokens, rows))
    joins_rows = may_join(recipe, rows)
    checkpoints = Checkpoints(recipe, samples, previous, seed, scratch)
    config, value_bytes = model_config(recipe.model), resolve_dtype(recipe.model).itemsize

    run = tracked_run(recipe, adapter.parent)
    first = os.environ.get("RANK", "0") == "0"

    def attempt(fitted: Recipe) -> Any:
        with training_tracked(fitted, run, first=first):
            return train(fitted)

    def train(fitted: Recipe) -> Any:
        trainer = make_trainer(
            fitted, tokenizer, rows, previous, seed, scratch, progress, joins_rows=joins_rows
        )
        checkpoints.attach(trainer)
        started()
        gc.freeze()  # what is there stays: collecting would look at all of it, over and over
        try:
            trainer.train(resume_from_checkpoint=checkpoints.last())
        finally:
            gc.unfreeze()
        return trainer

    def trained() -> Any:
        shared = common_start(rows) if joins_rows else 0
        fitted = fit_micro_batch(recipe, config, longest, value_bytes, shared)
        return until_it_fits(fitted, attempt)

    try:
        trainer = trained()
    except CannotJoinError:
        joins_rows = False
        trainer = trained()
    save_adapter(trainer, adapter, recipe, counts)
    if trainer.is_world_process_zero():
        remove(scratch)
    return counts


def _rows(
    recipe: Recipe, tokenizer: Any, samples: pa.Table
) -> tuple[list[dict[str, Any]], SampleCounts]:
    """Samples as tokens and labels for TRL, without those that would be cut: a cut answer harms.

    They are the tokens that were scored, and have a `weight` where weights differ.
    """
    prompts = samples.column("prompt").to_pylist()
    texts = samples.column("completion").to_pylist()
    longest = recipe.train.max_length or context_limit(recipe.model)
    over = recipe.train.loss_over
    lengths, fits, fitting = [], [], []
    form = SampleText.of_training(recipe)
    for i, sample in enumerate(form.encode(tokenizer, prompts, texts, token_rows(samples))):
        lengths.append(len(sample.ids))
        if len(sample.ids) <= longest:
            fits.append(i)
            fitting.append(sample)
    rows = [_row(sample, over) for sample in fitting]
    if not rows:
        shortest = min(lengths, default=None)
        raise UserError(
            field="train.max_length",
            got=f"{longest}, and all {len(prompts)} samples are longer",
            expected=f"at least {shortest}" if shortest else "at least one sample to train on",
            fix="Raise train.max_length, or bring shorter samples.",
        )
    weight_N = _weights(samples, fits, [_trained_tokens(sample, over) for sample in fitting])
    if weight_N is None and recipe.train.kl is not None:
        weight_N = np.ones(len(rows))  # the trainer with weights is the one with a penalty
    if weight_N is not None:
        rows = [{**row, "weight": float(w)} for row, w in zip(rows, weight_N, strict=True)]
    return rows, SampleCounts(len(rows), len(prompts) - len(rows))


def _row(sample: Encoded, over: LossOver) -> dict[str, Any]:
    """Token ids, labels and tokens of the prompt; what has no loss is labelled -100."""
    masked = sample.prompt if over == "completion" else 0
    ids = sample.ids.tolist()
    return {
        "input_ids": ids,
        "labels": [-100] * masked + ids[masked:],
        PROMPT_TOKENS: sample.prompt,
    }


def _trained_tokens(sample: Encoded, over: LossOver) -> int:
    """Tokens that have a loss; the first of all has none."""
    return len(sample.ids) - max(sample.prompt if over == "completion" else 0, 1)


def _weights(
    samples: pa.Table, rows: Sequence[int], tokens: Sequence[int]
) -> npt.NDArray[np.float64] | None:
    """Loss weights of N rows, shape (N,), with a mean of 1 over tokens; None if all are alike."""
    if "weight" not in samples.column_names:
        return None
    weight_N = np.asarray(samples["weight"].to_numpy()[list(rows)])
    if (weight_N == weight_N[0]).all():
        return None
    return np.asarray(weight_N * (np.sum(tokens) / (weight_N @ tokens)))
