import math

import pytest
from conftest import ROOT

from eval_predict.errors import UserError
from iwsi.models import load_tokenizer
from iwsi.recipe.load import load_recipe
from iwsi.scoring.rating import parse_rating, rating_prompts, rating_room


@pytest.mark.parametrize(
    ("reply", "rating"),
    [
        ("7", 7),
        (" 10", 10),
        ("8/10", 8),
        ("8.5 out of 10", 8.5),
        ("Rating: 0.", 0),
        ("**9**", 9),
        ("I would say 6, since", 6),
        ("", None),
        ("good", None),
        ("11", None),
        ("85", None),
        ("-3", None),
        ("95%", None),
    ],
)
def test_a_rating_is_the_first_number_of_the_reply_if_it_is_from_0_to_10(reply, rating):
    found = parse_rating(reply)
    assert math.isnan(found) if rating is None else found == rating


def _recipe(rule="{method: self}"):
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [f"filter={rule}"])


def test_the_prompt_holds_question_and_answer_and_ends_where_the_rating_begins():
    [text] = rating_prompts(_recipe(), ["Question: 1 + 1?\nAnswer:"], [" It is 2. "])
    assert text.startswith("Question: 1 + 1?\nAnswer: It is 2.\n\n")
    assert text.endswith("Rating:")


def test_the_room_for_a_rating_holds_its_prompt_and_its_reply():
    recipe = _recipe()
    tokenizer = load_tokenizer(recipe.model)
    prompt, answer = "Question: Tom has 3 pens. How many?\nAnswer:", "3 + 4 = 7. The answer is 7."
    [whole] = rating_prompts(recipe, [prompt], [answer])
    parts = sum(len(tokenizer(text)["input_ids"]) for text in (prompt, answer))
    assert len(tokenizer(whole)["input_ids"]) + 8 <= parts + rating_room(recipe)


def test_a_template_that_asks_for_something_else_is_refused():
    with pytest.raises(UserError, match=r'filter.rating_prompt: no column "gold"'):
        rating_prompts(_recipe("{method: self, rating_prompt: '{{ gold }}'}"), ["q"], ["a"])
