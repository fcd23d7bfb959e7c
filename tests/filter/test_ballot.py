import numpy as np
import pyarrow as pa
from conftest import ROOT

from iwsi.filter.ballot import recipe_vote, vote_weights
from iwsi.recipe.load import load_recipe

TEXTS = ["The answer is 4.", "The answer is 4.", "The answer is 5.", "The answer is 4"]


def _candidates():
    return pa.table(
        {
            "question_id": ["a"] * 4,
            "text": TEXTS,
            "finish_reason": ["stop", "stop", "stop", "length"],
            "logprob": np.log([0.5, 0.25, 0.125, 0.125]),
        }
    )


def test_an_answer_that_was_cut_off_has_no_vote():
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml")
    answers, result = recipe_vote(_candidates(), recipe)
    assert answers == ["4", "4", "5", "4"]
    assert result.reason.tolist() == [None, None, "minority_answer", "truncated"]
    assert vote_weights(_candidates(), result, recipe).tolist() == [1, 1, 1, 0]
