"""One round's training: a LoRA adapter on what the filter kept."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from eval_predict.errors import UserError
from iwsi.files import atomic_path, write_json, write_text
from iwsi.models import context_limit, device, load_model, load_tokenizer, resolve_dtype
from iwsi.recipe import LossOver, Recipe, Train
from iwsi.tasks.encoding import Encoded, encode

# What the Trainer logs that differs between two runs of the same training.
_TIMINGS = ("runtime", "per_second", "total_flos")


def train_adapter(
    recipe: Recipe,
    samples: pa.Table,
    adapter: Path,
    *,
    previous: Path | None,
    seed: int,
    progress: Callable[[int, int], None],
    started: Callable[[], None] = lambda: None,
) -> dict[str, int]:
    """Train a LoRA adapter on columns `prompt, completion` and save it to the folder `adapter`.

    A column `weight`, where there is one, says how much a sample's loss counts beside the others';
    its mean over the trained tokens is made 1, so that the effective learning rate stays.

    Metrics go to `train_metrics.jsonl` inside it, one line a logging step.

    Args:
        recipe: Its `model` and `train` sections are used, and the task's few-shot text.
        samples: N prompts and completions, N ≥ 1.
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
    tokenizer = load_tokenizer(recipe.model)
    rows, counts = _rows(recipe, tokenizer, samples)
    trainer = _trainer(recipe, tokenizer, rows, previous, seed, adapter.parent, progress)
    started()
    trainer.train()
    with atomic_path(adapter) as folder:
        trainer.model.save_pretrained(str(folder))
        _check_saved(folder)
        (folder / "README.md").unlink(missing_ok=True)  # PEFT's form, with nothing filled in
        _sort_modules(folder / "adapter_config.json")
        lines = [_without_timings(entry) for entry in trainer.state.log_history]
        write_text(
            folder / "train_metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines)
        )
    shutil.rmtree(_scratch(adapter.parent), ignore_errors=True)
    return counts


def _rows(
    recipe: Recipe, tokenizer: Any, samples: pa.Table
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Samples as text for TRL, without those that would be cut: half an answer teaches harm.

    They have a `weight` where weights differ.
    """
    task = recipe.task
    prompts = samples.column("prompt").to_pylist()
    completions = [task.separator + text for text in samples.column("completion").to_pylist()]
    longest = recipe.train.max_length or context_limit(recipe.model)
    encoded = encode(tokenizer, task.few_shot, prompts, completions)
    over = recipe.train.loss_over
    sizes = [(len(sample.ids), _trained_tokens(sample, over)) for sample in encoded]
    fits = [i for i, (length, _) in enumerate(sizes) if length <= longest]
    rows: list[dict[str, Any]] = [
        {"prompt": task.few_shot + prompts[i], "completion": completions[i]} for i in fits
    ]
    if not rows:
        shortest = min((length for length, _ in sizes), default=None)
        raise UserError(
            field="train.max_length",
            got=f"{longest}, and all {len(prompts)} samples are longer",
            expected=f"at least {shortest}" if shortest else "at least one sample to train on",
            fix="raise it",
        )
    weight_N = _weights(samples, fits, [sizes[i][1] for i in fits])
    if weight_N is not None:
        rows = [{**row, "weight": float(w)} for row, w in zip(rows, weight_N, strict=True)]
    return rows, {"trained": len(rows), "too_long": len(prompts) - len(rows)}


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


def _trainer(
    recipe: Recipe,
    tokenizer: Any,
    rows: Sequence[dict[str, Any]],
    previous: Path | None,
    seed: int,
    folder: Path,
    progress: Callable[[int, int], None],
) -> Any:
    from datasets import Dataset, disable_progress_bars
    from peft import LoraConfig, PeftModel
    from transformers import TrainerCallback, set_seed

    class Progress(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
        """Tells how many optimizer steps are done."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Called by the Trainer after each optimizer step."""
            progress(state.global_step, state.max_steps)

    disable_progress_bars()
    set_seed(seed)  # before the adapter's matrices are drawn
    model = load_model(recipe.model).train()
    lora: LoraConfig | None = None
    if previous is not None:
        model = PeftModel.from_pretrained(model, str(previous), is_trainable=True)
    else:
        lora = _lora_config(recipe.train)
    kind = _kind(rows)
    trainer = kind(
        model=model,
        args=_arguments(recipe, seed, _scratch(folder)),
        train_dataset=Dataset.from_list(list(rows)),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[Progress()],
    )
    return trainer


def _kind(rows: Sequence[dict[str, Any]]) -> Any:
    from trl import SFTTrainer

    from iwsi.train.weighted import WEIGHT, WeightedTrainer

    return WeightedTrainer if WEIGHT in rows[0] else SFTTrainer


def _lora_config(train: Train) -> Any:
    from peft import LoraConfig

    modules = train.lora.target_modules
    return LoraConfig(
        r=train.lora.r,
        lora_alpha=train.lora.alpha,
        lora_dropout=train.lora.dropout,
        target_modules=modules if isinstance(modules, str) else list(modules),
        task_type="CAUSAL_LM",
    )


def _arguments(recipe: Recipe, seed: int, scratch: Path) -> Any:
    import torch
    from trl import SFTConfig

    train = recipe.train
    micro = train.micro_batch_size or train.batch_size
    on_gpu = device() == "cuda"
    return SFTConfig(
        output_dir=str(scratch),
        num_train_epochs=train.epochs,
        learning_rate=train.learning_rate,
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=train.batch_size // micro,
        lr_scheduler_type=train.scheduler,
        warmup_steps=train.warmup_share,  # below 1 it is a share of the steps
        max_length=None,  # what is too long was left out, and counted, before
        completion_only_loss=train.loss_over == "completion",
        packing=False,
        bf16=on_gpu and resolve_dtype(recipe.model) is torch.bfloat16,
        use_cpu=not on_gpu,
        gradient_checkpointing=train.gradient_checkpointing,
        seed=seed,
        data_seed=seed,
        save_strategy="no",
        logging_steps=10,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=on_gpu,
    )


def _scratch(folder: Path) -> Path:
    return folder / ".trainer.tmp"


def _check_saved(folder: Path) -> None:
    """An adapter that changes nothing is a failure of the save, not a result."""
    from safetensors.torch import load_file

    weights = load_file(str(folder / "adapter_model.safetensors"))
    moved = [name for name, tensor in weights.items() if "lora_B" in name and tensor.any()]
    finite = all(tensor.isfinite().all() for tensor in weights.values())
    if not moved or not finite:
        raise UserError(
            where=str(folder),
            got="an adapter that is all zero" if finite else "an adapter that is not finite",
            expected="weights that training moved",
            fix="lower train.learning_rate" if not finite else "raise it, or train.epochs",
        )


def _sort_modules(config: Path) -> None:
    """PEFT writes a set in the order of its hashes, which differs between two processes."""
    values = json.loads(config.read_text(encoding="utf-8"))
    if isinstance(values["target_modules"], list):
        values["target_modules"].sort()
    write_json(config, values)


def _without_timings(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if not any(part in k for part in _TIMINGS)}
