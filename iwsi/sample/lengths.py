"""How long prompts are, and whether they and their answers fit the model."""

from eval_predict.errors import UserError
from iwsi.models import context_limit, load_tokenizer
from iwsi.recipe import Recipe
from iwsi.tasks.dataset import Prepared
from iwsi.tasks.encoding import longest


def prompt_lengths(recipe: Recipe, prepared: Prepared) -> dict[str, int]:
    """Tokens of the longest prompt of each split that is sampled from.

    Raises:
        UserError: with `sample.max_tokens` it is more than the model has positions for.
    """
    tokenizer = load_tokenizer(recipe.model)
    few_shot = recipe.task.few_shot
    lengths = {
        name: longest(tokenizer, few_shot, table["prompt"].to_pylist())
        for name, table in (("train", prepared.train), ("test", prepared.test))
    }
    most, limit = max(lengths.values()), context_limit(recipe.model)
    if most + recipe.sample.max_tokens > limit:
        raise UserError(
            field="sample.max_tokens",
            got=f"{recipe.sample.max_tokens}, with a longest prompt of {most} tokens",
            expected=f"at most {limit} together, the model's context",
            fix=f"sample.max_tokens={max(limit - most, 1)}"
            if most < limit
            else "shorten task.few_shot or task.prompt",
        )
    return lengths
