"""The trainer of one round: the model with its adapter, the arguments, the batches."""

import importlib.util
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from iwsi.lora import adapted_layers, lora_config
from iwsi.models import device, load_model, model_config, resolve_dtype
from iwsi.pickles import check_adapter
from iwsi.recipe import Model, Recipe, Train
from iwsi.recipe.batches import split_batch
from iwsi.train.shared_text import LEAST_SAVED, PROMPT_TOKENS, WEIGHT, saved_share
from iwsi.train.trackers import tracked_run

REJECTED = "rejected_ids"  # the column that rows have which are pairs


class CannotJoinError(Exception):
    """The model does not get from joined rows what it gets from each on its own."""


def make_trainer(
    recipe: Recipe,
    tokenizer: Any,
    rows: Sequence[dict[str, Any]],
    previous: Path | None,
    seed: int,
    scratch: Path,
    progress: Callable[[int, int], None],
    *,
    joins_rows: bool = False,
) -> Any:
    """A TRL trainer over rows of `input_ids`, `labels`, `prompt_tokens` and, if given, `weight`.

    Pairs are rows of `prompt_ids`, `chosen_ids`, `rejected_ids` and `weight`.

    Raises:
        CannotJoinError: `joins_rows` was asked for, and the model cannot.
    """
    from datasets import Dataset, disable_progress_bars
    from peft import LoraConfig, PeftModel
    from transformers import TrainerCallback, set_seed

    from iwsi.runtime.cpu_products import use_onednn

    class Progress(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
        """Reports how many optimizer steps are done."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Called by the Trainer after each optimizer step."""
            progress(state.global_step, state.max_steps)

    disable_progress_bars()
    # Before the model: under ZeRO-3 they say that it is loaded in parts, and each process's GPU.
    steps = optimizer_steps(recipe.train, len(rows))
    pairs = REJECTED in rows[0]
    arguments = _arguments(recipe, seed, scratch, steps, pairs=pairs, joins_rows=joins_rows)
    set_seed(seed)  # before the adapter's matrices are drawn
    model = load_model(
        recipe.model,
        attention=_attention(recipe, joins_rows),
        placement="late" if recipe.train.distributed == "zero3" else "one",
    )
    if joins_rows:
        from iwsi.train.shared_attention import can_join, with_joined_rows

        if not can_join(model):
            raise CannotJoinError
        model = with_joined_rows(model)
    model = model.train()
    lora: LoraConfig | None = None
    if previous is not None:
        check_adapter(previous)
        model = PeftModel.from_pretrained(model, str(previous), is_trainable=True)
    else:
        layers = adapted_layers(recipe.train.lora, model)  # refuses targets that match nothing
        lora = lora_config(recipe.train.lora, layers.excluded)
    by_question = recipe.train.order == "by_question"
    options: dict[str, Any] = {"groups": question_groups(rows) if by_question else None}
    if not pairs:
        options["joins_rows"] = joins_rows
    trainer = _kind(recipe.train, rows)(
        **options,
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(list(rows)),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[Progress()],
    )
    if device() == "cpu":
        use_onednn(trainer.model)  # the adapter's matrices too
    return trainer


def optimizer_steps(train: Train, samples: int) -> int:
    """Optimizer steps of a training, as the Trainer counts them."""
    return math.ceil(train.epochs * math.ceil(samples / train.batch_size))


def logging_steps(steps: int) -> int:
    """Optimizer steps between two lines of metrics: 1 in a short training, 10 in a long one."""
    return min(max(steps // 50, 1), 10)


def may_join(recipe: Recipe, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether joining the rows of a forward pass saves enough to be tried.

    Prompts must have no loss: a prompt that is read once would count once. Under ZeRO-3 the model
    is in parts before the trial could be made.
    """
    train = recipe.train
    if train.shared_text == "never" or train.loss_over != "completion":
        return False
    if train.distributed == "zero3" or REJECTED in rows[0]:
        return False
    split = split_batch(train.batch_size, train.micro_batch_size, train.num_processes)
    order = list(np.random.default_rng(0).permutation(len(rows)))
    if train.order == "by_question":
        groups = question_groups(rows)
        order.sort(key=lambda i: groups[i])
    return saved_share(rows, order, split.micro) >= LEAST_SAVED


def question_groups(rows: Sequence[dict[str, Any]]) -> list[int]:
    """A number of each row: rows with the same prompt share it."""
    numbers: dict[tuple[int, ...], int] = {}
    return [numbers.setdefault(_prompt(row), len(numbers)) for row in rows]


def scratch_of(adapter: Path) -> Path:
    """The folder in which the training of an adapter keeps what it needs until it is done."""
    return adapter.parent / ".trainer.tmp"


def deepspeed_config(train: Train, *, bf16: bool) -> dict[str, Any]:
    """DeepSpeed's configuration; the Trainer fills in `auto`."""
    split = split_batch(train.batch_size, train.micro_batch_size, train.num_processes)
    stage = {"zero2": 2, "zero3": 3}[train.distributed]
    zero: dict[str, Any] = {"stage": stage}
    if train.offload == "cpu":
        zero["offload_optimizer"] = {"device": "cpu", "pin_memory": device() == "cuda"}
        if stage == 3:
            zero["offload_param"] = zero["offload_optimizer"]
    return {
        "train_batch_size": train.batch_size,
        "train_micro_batch_size_per_gpu": split.micro,
        "gradient_accumulation_steps": split.accumulation,
        "gradient_clipping": "auto",
        "bf16": {"enabled": bf16},
        "zero_optimization": zero,
        # PyTorch's AdamW, as without DeepSpeed; DeepSpeed's own would have to be compiled first.
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,
    }


def _prompt(row: dict[str, Any]) -> tuple[int, ...]:
    if REJECTED in row:
        return tuple(row["prompt_ids"])
    return tuple(row["input_ids"][: row[PROMPT_TOKENS]])


def _kind(train: Train, rows: Sequence[dict[str, Any]]) -> Any:
    if REJECTED in rows[0]:
        from iwsi.train.preference import PairLoss, PreferenceTrainer

        return partial(PreferenceTrainer, pair_loss=PairLoss.of(train), reference=train.reference)
    from iwsi.train.order import OrderedTrainer
    from iwsi.train.weighted import WeightedTrainer

    return partial(WeightedTrainer, kl=train.kl) if WEIGHT in rows[0] else OrderedTrainer


def _attention(recipe: Recipe, joins_rows: bool) -> str | None:
    """The attention that needs no padding, if it can be had; None: transformers' choice.

    Joined rows need none either. transformers says which FlashAttention is installed: the package
    of version 4 goes by the name of version 2.
    """
    import torch
    from transformers.utils import is_flash_attn_2_available

    if joins_rows or recipe.train.padding_free == "never" or device() != "cuda":
        return None
    half = resolve_dtype(recipe.model) is not torch.float32  # it knows no other
    return "flash_attention_2" if half and is_flash_attn_2_available() else None


def mixed_precision(model: Model) -> tuple[bool, bool]:
    """Whether a GPU computes in bfloat16, and whether in float16, with its gradients scaled.

    PEFT keeps the adapter in float32, which the scaled gradients need; on a CPU float16 is refused
    (`iwsi.skeleton`).
    """
    import torch

    dtype = resolve_dtype(model) if device() == "cuda" else torch.float32
    return dtype is torch.bfloat16, dtype is torch.float16


def _arguments(
    recipe: Recipe, seed: int, scratch: Path, steps: int, *, pairs: bool, joins_rows: bool
) -> Any:
    from trl import DPOConfig, SFTConfig

    train = recipe.train
    split = split_batch(train.batch_size, train.micro_batch_size, train.num_processes)
    on_gpu = device() == "cuda"
    bf16, fp16 = mixed_precision(recipe.model)
    zero = deepspeed_config(train, bf16=bf16) if train.distributed.startswith("zero") else None
    run = tracked_run(recipe, scratch.parent)
    # It reads their number there, which Llama 4 calls otherwise.
    text = model_config(recipe.model).get_text_config()
    experts_counted = bool(getattr(text, "num_experts", 0)) and getattr(text, "is_moe", True)
    # Liger's kernels replace the head that gives a pair's log-probabilities.
    liger = not pairs and on_gpu and importlib.util.find_spec("liger_kernel") is not None
    config, packing = (DPOConfig, {}) if pairs else (SFTConfig, {"packing": False})
    return config(
        **packing,
        output_dir=str(scratch),
        run_name=run.name,
        project=run.project,
        trackio_static_space_id=False,  # else it would publish the curves after training
        num_train_epochs=train.epochs,
        learning_rate=train.learning_rate,
        per_device_train_batch_size=split.micro,
        gradient_accumulation_steps=split.accumulation,
        lr_scheduler_type=train.scheduler,
        # Below 1 it is a share of the steps. The first step of a warm-up has a rate of 0: a single
        # step would train nothing.
        warmup_steps=train.warmup_share if steps > 1 else 0,
        max_length=None,  # what is too long was left out, and counted, before
        padding_free=not pairs and _attention(recipe, joins_rows) is not None,
        bf16=bf16,
        fp16=fp16,
        use_cpu=not on_gpu,
        gradient_checkpointing=train.gradient_checkpointing,
        use_liger_kernel=liger,
        deepspeed=zero,
        # TRL weighs the loss that balances experts by this; null: by the model's configuration.
        router_aux_loss_coef=None if experts_counted else 0.0,
        ddp_find_unused_parameters=False,  # an adapter's all take part
        seed=seed,
        data_seed=seed,
        save_strategy="no" if train.save_steps is None else "steps",
        save_steps=train.save_steps or 1,
        save_total_limit=2,  # the last may be half written when the process is killed
        logging_steps=logging_steps(steps),
        report_to=list(train.report_to) or "none",
        disable_tqdm=True,
        dataloader_pin_memory=on_gpu,
    )
