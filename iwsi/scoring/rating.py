"""The model's own rating of an answer: the prompt, and how its reply is read."""

import re
from collections.abc import Sequence

import numpy as np

from iwsi.errors import InternalError
from iwsi.models import load_tokenizer
from iwsi.recipe import Recipe
from iwsi.recipe.filter import SelfRating
from iwsi.tasks.chat import recipe_chat_turn
from iwsi.tasks.encoding import as_plain_text, longest, special_tokens
from iwsi.tasks.sample_text import trimmed
from iwsi.tasks.templates import render

HIGHEST = 10
REPLY_TOKENS = 8

_NUMBER = re.compile(r"(?<![\w.,/-])\d+(?:\.\d+)?(?![\w%]|[.,]\d)")


def rating_prompts(recipe: Recipe, prompts: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The prompt that asks for each answer's rating, as a chat turn where the recipe's are.

    Args:
        recipe: In its resolved form, as `in_prompt_style` gives it.
        prompts: N prompts as they were sampled from.
        texts: The N answers.

    Raises:
        UserError: `filter.rating_prompt` is no template of `prompt` and `answer`.
    """
    turn = recipe_chat_turn(recipe)
    before, after = (turn.before, turn.after) if turn else ("", "")
    specials = special_tokens(load_tokenizer(recipe.model))
    rows = [
        {"prompt": prompt.removesuffix(after), "answer": as_plain_text(trimmed(text), specials)}
        for prompt, text in zip(prompts, texts, strict=True)
    ]
    if not isinstance(recipe.filter, SelfRating):
        raise InternalError("ratings for a filter that reads none")
    template = recipe.filter.rating_prompt
    texts = render(template, rows, field="filter.rating_prompt", where="the recipe")
    return [before + text + after for text in texts]


def rating_room(recipe: Recipe) -> int:
    """Tokens that a rating takes beside the prompt and the answer that it is about."""
    [frame] = rating_prompts(recipe, [""], [""])
    # Where texts meet, tokens may split in another way.
    return longest(load_tokenizer(recipe.model), "", [frame]) + REPLY_TOKENS + 16


def parse_rating(reply: str) -> float:
    """The first number of a reply, NaN where there is none or it is not from 0 to 10."""
    found = _NUMBER.search(reply)
    rating = float(found[0]) if found else np.nan
    return rating if rating <= HIGHEST else np.nan
