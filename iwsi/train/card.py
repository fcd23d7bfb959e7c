"""The card of an adapter that a run has just trained: what it is, and how it is loaded."""

from typing import Any

import yaml

from iwsi.recipe import Recipe
from iwsi.recipe.portable import base_name, portable_recipe, shown_base
from iwsi.train.counts import SampleCounts


def adapter_card(recipe: Recipe, counts: SampleCounts) -> str:
    """The card in the hub's format: YAML, then Markdown. Results are not known at this time.

    Args:
        recipe: The run's recipe, resolved.
        counts: As `train_adapter` gives them.
    """
    base = shown_base(recipe.model)
    parts = [
        f"# {recipe.task.name}: a LoRA adapter of an iwsi run",
        f"Trained on {counts.trained:,} of the model's answers. " + base_line(recipe),
        "`iwsi export` writes a card with the run's results beside a copy of this adapter.",
        f"```python\n{load_code(base_name(recipe.model))}\n```",
        recipe_block(recipe),
    ]
    return card(header(recipe, base), parts)


def header(recipe: Recipe, base: str, **more: Any) -> dict[str, Any]:
    """The card's YAML; `base_model` is there only if it is a hub id."""
    local = recipe.model.gguf or recipe.model.name.startswith("/")
    base_model = {} if local else {"base_model": base}
    return {
        **base_model,
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "tags": ["iwsi", "self-improvement", "lora"],
        "license": "other",
        **more,
    }


def base_line(recipe: Recipe) -> str:
    """A sentence on the base, its revision and its licence."""
    revision = recipe.model.revision
    return (
        f"The base model is `{shown_base(recipe.model)}`"
        + (f" at revision `{revision}`" if revision else "")
        + ". Its licence holds for this model too."
    )


def load_code(base: str) -> str:
    """Python that loads base and adapter; `base` as the adapter's configuration has it."""
    return (
        f"from peft import AutoPeftModelForCausalLM  # finds {base}\n"
        "from transformers import AutoTokenizer\n\n"
        'model = AutoPeftModelForCausalLM.from_pretrained("this folder")\n'
        'tokenizer = AutoTokenizer.from_pretrained("this folder")'
    )


def recipe_block(recipe: Recipe) -> str:
    """The recipe as YAML, without where its files lay."""
    text = yaml.safe_dump(portable_recipe(recipe), sort_keys=False, allow_unicode=True)
    return f"## Recipe\n\n```yaml\n{text.strip()}\n```"


def card(header: dict[str, Any], parts: list[str]) -> str:
    """YAML and Markdown put together."""
    front = yaml.safe_dump(header, sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n" + "\n\n".join(part for part in parts if part) + "\n"
