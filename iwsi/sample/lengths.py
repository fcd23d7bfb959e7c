"""How long prompts are, and whether they and their answers fit the model."""

from eval_predict.errors import UserError
from iwsi.models import context_limit, load_tokenizer
from iwsi.recipe import Recipe
from iwsi.tasks.dataset import Prepared
from iwsi.tasks.encoding import longest
from iwsi.tasks.row_warnings import RowWarning, numbered
from iwsi.tasks.sample_text import SampleText

SPLITS = ("train", "validation", "test")


def completion_warnings(recipe: Recipe, prepared: Prepared) -> list[RowWarning]:
    """Rationales of the labelled rows that are longer than answers may become."""
    validation = prepared.validation
    samples = SampleText.of(recipe.task).encode(
        load_tokenizer(recipe.model),
        validation["prompt"].to_pylist(),
        validation["completion"].to_pylist(),
    )
    lengths = [len(sample.ids) - sample.prompt for sample in samples]
    most = recipe.sample.max_tokens
    names = validation["question_id"].to_pylist()
    rows = tuple(int(name) + 1 for name, size in zip(names, lengths, strict=True) if size > most)
    if not rows:
        return []
    message = (
        f"{len(rows)} of {len(lengths)} rationales are longer than sample.max_tokens ({most}):"
        f" the longest has {max(lengths)} tokens ({numbered(rows)}), and answers of that length"
        " are cut off."
    )
    return [RowWarning("short_max_tokens", "validation", rows, message)]


def prompt_lengths(recipe: Recipe, prepared: Prepared) -> dict[str, int]:
    """Tokens of the longest prompt of each split that is sampled from.

    Raises:
        UserError: with `sample.max_tokens` it is more than the model has positions for.
    """
    tokenizer = load_tokenizer(recipe.model)
    few_shot = recipe.task.few_shot
    lengths = {
        name: longest(tokenizer, few_shot, table["prompt"].to_pylist())
        for name, table in zip(SPLITS, prepared[:3], strict=True)
        if table.num_rows
    }
    most, limit = max(lengths.values()), context_limit(recipe.model)
    if most + recipe.sample.max_tokens > limit:
        raise UserError(
            field="sample.max_tokens",
            got=f"{recipe.sample.max_tokens}, with a longest prompt of {most} tokens",
            expected=f"at most {limit} together, the model's context",
            fix=f"Set sample.max_tokens={max(limit - most, 1)}."
            if most < limit
            else "Take a model with a longer context, leave out long rows or shorten few_shot.",
        )
    return lengths
