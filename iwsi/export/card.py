"""Model card and dataset card, in the hub's format: YAML, then Markdown."""

from typing import Any

import yaml

from eval_predict.stats.estimate import Estimate
from iwsi.recipe import Recipe
from iwsi.recipe.load import dump_recipe
from iwsi.rounds.reports import RoundSummary, RunSummary


def model_card(recipe: Recipe, summary: RunSummary, number: int, *, merged: bool) -> str:
    """The card of a round's adapter, or of the model that it is merged into.

    Args:
        recipe: The run's, resolved.
        summary: The run's.
        number: The round.
        merged: Whether the weights are the whole model's.
    """
    base = recipe.model.name or recipe.model.title
    header: dict[str, Any] = {
        "base_model": base,
        "library_name": "transformers" if merged else "peft",
        "pipeline_tag": "text-generation",
        "tags": ["iwsi", "self-improvement", *([] if merged else ["lora"])],
        "license": "other",
    }
    shown = next(row for row in summary.rounds if row.round == number)
    parts = [
        f"# {recipe.task.name}: round {number} of an iwsi run",
        f"{'A model' if merged else 'A LoRA adapter'} made from `{base}`"
        + (f" (revision `{recipe.model.revision}`)" if recipe.model.revision else "")
        + " by training on its own answers. The licence of the base model holds for it.",
        "## Results",
        _results(shown),
        "## Training data",
        _funnel(shown),
        "## Use",
        _use(merged=merged),
        "## Recipe",
        f"```yaml\n{dump_recipe(recipe).strip()}\n```",
    ]
    return _card(header, parts)


def dataset_card(recipe: Recipe, number: int, rows: int) -> str:
    """The card of the candidates that a round was trained on."""
    header = {"tags": ["iwsi", "synthetic"], "size_categories": [_size(rows)]}
    parts = [
        f"# {recipe.task.name}: what round {number} was trained on",
        f"{rows:,} completions of `{recipe.model.name or recipe.model.title}`, chosen by "
        f"`filter.method: {recipe.filter.method}`. They were written by a model and are not "
        "checked by people. Columns: `prompt`, `completion`, `answer`, `vote_share`, `weight`.",
    ]
    return _card(header, parts)


def _card(header: dict[str, Any], parts: list[str]) -> str:
    front = yaml.safe_dump(header, sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n" + "\n\n".join(part for part in parts if part) + "\n"


def _results(shown: RoundSummary) -> str:
    rows = []
    if shown.accuracy is not None:
        rows.append(("accuracy, full test", _share(shown.accuracy)))
    if shown.gain is not None:
        rows.append(("points over the base model", _points(shown.gain)))
    if shown.forecast is not None:
        of = f"{shown.forecast.items_run} of {shown.forecast.items} items"
        rows.append((f"forecast of the accuracy ({of})", _share(shown.forecast.score)))
    if not rows:
        return "This round has not been evaluated."
    lines = ["| | value | interval |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows)])


def _funnel(shown: RoundSummary) -> str:
    if shown.funnel is None:
        return "The counts of this round's candidates are not known."
    funnel = shown.funnel
    counts = {
        "sampled": funnel.sampled,
        "with an answer": funnel.answered,
        "agreeing with the majority": funnel.majority,
        "kept": funnel.kept,
        **{f"dropped: {reason}": count for reason, count in funnel.dropped.items()},
    }
    lines = ["| candidates | count |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {count:,} |" for name, count in counts.items())])


def _use(*, merged: bool) -> str:
    if merged:
        code = (
            "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
            'model = AutoModelForCausalLM.from_pretrained("this folder")\n'
            'tokenizer = AutoTokenizer.from_pretrained("this folder")'
        )
    else:
        code = (
            "from peft import AutoPeftModelForCausalLM\nfrom transformers import AutoTokenizer\n\n"
            'model = AutoPeftModelForCausalLM.from_pretrained("this folder")\n'
            'tokenizer = AutoTokenizer.from_pretrained("this folder")'
        )
    return f"```python\n{code}\n```"


def _share(estimate: Estimate) -> str:
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.value:.1f}% | [{low:.1f}, {high:.1f}], {estimate.level:.0%}"


def _points(estimate: Estimate) -> str:
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.value:+.1f} | [{low:+.1f}, {high:+.1f}], {estimate.level:.0%}"


def _size(rows: int) -> str:
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K")):
        if rows < limit:
            return name
    return "100K<n<1M" if rows < 1_000_000 else "1M<n<10M"
