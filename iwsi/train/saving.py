"""Saves an adapter and checks what was saved."""

import json
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.errors import InternalError
from iwsi.files import atomic_path, write_json, write_text
from iwsi.recipe import Recipe
from iwsi.recipe.portable import base_name
from iwsi.train.card import adapter_card
from iwsi.train.counts import SampleCounts
from iwsi.train.divergence import check_losses

# What the Trainer logs that differs between two runs of the same training.
_TIMINGS = ("runtime", "per_second", "total_flos")

Shape = tuple[int, ...]


def save_adapter(trainer: Any, adapter: Path, recipe: Recipe, counts: SampleCounts) -> None:
    """Save a trained adapter, ready to use, to the folder `adapter`, whole or not at all.

    Beside it are the tokenizer, a card and what was logged. Every process of a training has to
    call it; the first one writes.

    Args:
        trainer: After training.
        adapter: The folder.
        recipe: The run's recipe; it says what the base is called.
        counts: Of samples, for the card.

    Raises:
        UserError: training did not move the adapter, its weights are not finite, or its loss
            exploded.
        InternalError: weights are missing from what was saved.
    """
    trained = {n: p for n, p in trainer.model.named_parameters() if p.requires_grad}
    shapes = {name: tuple(getattr(p, "ds_shape", p.shape)) for name, p in trained.items()}
    whole = _gathered(trained) if trainer.is_deepspeed_enabled else None
    if not trainer.is_world_process_zero():
        return
    with atomic_path(adapter) as folder:
        # TRL may hold a frozen copy beside it, as a reference.
        trainer.model.save_pretrained(str(folder), state_dict=whole, selected_adapters=["default"])
        check_saved(folder, shapes)
        if recipe.train.objective == "sft" and recipe.train.kl is None:  # others have another scale
            config = trainer.model.config.get_text_config()
            check_losses(trainer.state.log_history, config.vocab_size)
        trainer.processing_class.save_pretrained(str(folder))
        write_text(folder / "README.md", adapter_card(recipe, counts))  # PEFT's has nothing in it
        _finish_config(folder / "adapter_config.json", recipe)
        lines = [_without_timings(entry) for entry in trainer.state.log_history]
        write_text(
            folder / "train_metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines)
        )


def check_saved(folder: Path, shapes: dict[str, Shape]) -> None:
    """Read a saved adapter back, and refuse one that is empty or changes nothing.

    Args:
        folder: what PEFT's `save_pretrained` wrote.
        shapes: of all trained parameters, by their names in the model.
    """
    from safetensors.torch import load_file

    weights = load_file(str(folder / "adapter_model.safetensors"))
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    expected = {name.replace(".default.", "."): shape for name, shape in shapes.items()}
    wrong = sorted(name for name in expected if found.get(name) != expected[name])
    if wrong or not expected:
        raise InternalError(
            f"{folder}: {len(wrong)} of {len(expected)} weights of the adapter were not saved whole"
            + (f", {wrong[0]} as {found.get(wrong[0])}" if wrong else "")
        )
    moved = [name for name, tensor in weights.items() if "lora_B" in name and tensor.any()]
    finite = all(tensor.isfinite().all() for tensor in weights.values())
    if not moved or not finite:
        raise UserError(
            where=str(folder),
            got="an adapter that is all zero" if finite else "an adapter that is not finite",
            expected="weights that training moved",
            fix="Lower train.learning_rate."
            if not finite
            else "Raise train.learning_rate or train.epochs.",
        )


def _gathered(trained: dict[str, Any]) -> dict[str, Any]:
    """The optimizer's own copies in float32, which DeepSpeed keeps in parts on all processes."""
    from deepspeed.utils import safe_get_full_fp32_param

    return {name: safe_get_full_fp32_param(p).detach().cpu() for name, p in trained.items()}


def _finish_config(config: Path, recipe: Recipe) -> None:
    """The base as the recipe has it, and modules in order: PEFT's set differs by process."""
    values = json.loads(config.read_text(encoding="utf-8"))
    if isinstance(values["target_modules"], list):
        values["target_modules"].sort()
    if recipe.model.gguf is None:  # else the folder that it was converted to
        values["base_model_name_or_path"] = base_name(recipe.model)
    values["revision"] = recipe.model.revision
    write_json(config, values)


def _without_timings(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if not any(part in k for part in _TIMINGS)}
