"""Model card and dataset card, in the hub's format: YAML, then Markdown."""

from eval_predict.stats.estimate import Estimate
from iwsi.recipe import Recipe
from iwsi.recipe.portable import base_name, shown_base
from iwsi.rounds.reports import RoundSummary, RunSummary
from iwsi.train.card import base_line, card, header, load_code, recipe_block


def model_card(recipe: Recipe, summary: RunSummary, number: int, *, merged: bool) -> str:
    """The card of a round's adapter, or of the model that it is merged into.

    Args:
        recipe: The run's recipe, resolved.
        summary: The run's summary.
        number: The round.
        merged: Whether the weights are the whole model's.
    """
    base = shown_base(recipe.model)
    whole = {"library_name": "transformers", "tags": ["iwsi", "self-improvement"]} if merged else {}
    shown = next(row for row in summary.rounds if row.round == number)
    parts = [
        f"# {recipe.task.name}: round {number} of an iwsi run",
        f"{'A model' if merged else 'A LoRA adapter'} made from `{base}` by training on its own "
        f"answers. {base_line(recipe)}",
        "## Results",
        _results(shown),
        "## Training data",
        _funnel(shown),
        "## Use",
        _use(recipe, merged=merged),
        recipe_block(recipe),
    ]
    return card(header(recipe, base, **whole), parts)


def dataset_card(recipe: Recipe, number: int, rows: int) -> str:
    """The card of the candidates that a round was trained on."""
    front = {"tags": ["iwsi", "synthetic"], "size_categories": [_size(rows)]}
    parts = [
        f"# {recipe.task.name}: what round {number} was trained on",
        f"{rows:,} completions of `{shown_base(recipe.model)}`, selected by "
        f"`filter.method: {recipe.filter.method}`. They were written by a model and are not "
        "checked by people. Columns: `prompt`, `completion`, `answer`, `vote_share`, `weight`.",
    ]
    return card(front, parts)


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


def _use(recipe: Recipe, *, merged: bool) -> str:
    code = load_code(base_name(recipe.model))
    if merged:
        code = (
            "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
            'model = AutoModelForCausalLM.from_pretrained("this folder")\n'
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
