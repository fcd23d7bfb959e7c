"""Ratings that an engine with made-up replies gives; the stages' tests are beside them."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from conftest import small_recipe

from iwsi.recipe.load import load_recipe
from iwsi.rounds.ratings import rate_samples
from iwsi.tasks.sample_text import Samples


@pytest.fixture
def made_up_context(tmp_path):
    """A context whose model is the demo's and whose engine replies with a number."""
    recipe = load_recipe(small_recipe(tmp_path), ["filter={method: self}"])
    prompts = []

    def generate(inputs, questions, decoding, folder, columns, few_shot):
        prompts.extend(questions["prompt"].to_pylist())
        replies = [f" {len(prompts)}" for _ in range(questions.num_rows)]
        return pa.table({"prompt": questions["prompt"], "text": replies})

    return prompts, SimpleNamespace(
        recipe=recipe,
        generate=generate,
        max_length=lambda inputs: 200,
        engine_info=lambda table: {"engine": "made up"},
    )


def test_equal_answers_to_one_prompt_share_one_reply(made_up_context, tmp_path):
    prompts, context = made_up_context
    samples = Samples(["1 + 1", "1 + 1", "2 + 2"], [" 2", " 2 ", " 4"])
    rated = rate_samples(context, None, tmp_path, samples)
    assert len(prompts) == 2  # outer spaces make no other answer
    assert rated.ratings == [2.0, 2.0, 2.0]
    assert rated.info == {"engine": "made up", "rows": 2, "too_long": 0}


def test_an_answer_that_is_too_long_for_the_engine_has_no_rating(made_up_context, tmp_path):
    prompts, context = made_up_context
    rated = rate_samples(context, None, tmp_path, Samples(["1", "2"], [" 3", " 4" * 200]))
    assert rated.replies == [" 1", None]
    assert rated.ratings[0] == 1.0
    assert np.isnan(rated.ratings[1])
    assert (rated.info["rows"], rated.info["too_long"], len(prompts)) == (1, 1, 1)
