"""The same stage with less memory: keys that only fit the work into a machine, at their least."""

from iwsi.recipe import Recipe

_SHARE = 4  # of the tokens that are scored at once
_FEWEST_TOKENS = 256


def leaner(recipe: Recipe) -> Recipe:
    """A recipe whose results are the same, and which holds less at once.

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
