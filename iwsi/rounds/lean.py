"""A recipe for a second try with less memory: keys of memory use at their smallest values."""

from iwsi.recipe import Recipe

_SHARE = 4  # of the tokens that are scored at once
_FEWEST_TOKENS = 256


def leaner(recipe: Recipe) -> Recipe:
    """A recipe with the same results that holds less in memory at once.

    Args:
        recipe: As the run keeps it.
    """
    tokens = max(recipe.filter.batch_tokens // _SHARE, _FEWEST_TOKENS)
    scoring = {"batch_tokens": min(tokens, recipe.filter.batch_tokens), "processes": 1}
    return recipe.model_copy(
        update={
            "filter": recipe.filter.model_copy(update=scoring),
            "sample": recipe.sample.model_copy(update={"processes": 1}),
            "train": recipe.train.model_copy(update={"micro_batch_size": 1}),
        }
    )
