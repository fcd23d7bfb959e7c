import pytest

from eval_predict.errors import UserError
from iwsi.models import load_tokenizer
from iwsi.recipe.load import load_recipe
from iwsi.sample.lengths import completion_warnings, prompt_lengths
from iwsi.tasks.dataset import prepare


def test_the_longest_prompt_of_each_split_counts_with_the_few_shot_text(recipe_file):
    recipe = load_recipe(recipe_file, ["task.few_shot='Question: How many?\\n'"])
    prepared = prepare(recipe.task, recipe.seed)
    lengths = prompt_lengths(recipe, prepared)
    tokenizer = load_tokenizer(recipe.model)
    longest = max(
        len(tokenizer(recipe.task.few_shot + prompt)["input_ids"])
        for prompt in prepared.test["prompt"].to_pylist()
    )
    assert lengths["test"] == longest
    assert set(lengths) == {"train", "validation", "test"}


def test_answers_that_do_not_fit_behind_the_longest_prompt_are_refused_with_what_fits(recipe_file):
    recipe = load_recipe(recipe_file, ["sample.max_tokens=500"])
    prepared = prepare(recipe.task, recipe.seed)
    most = max(prompt_lengths(load_recipe(recipe_file), prepared).values())
    with pytest.raises(UserError, match="at most 512 together") as caught:
        prompt_lengths(recipe, prepared)
    assert caught.value.fix == f"Set sample.max_tokens={512 - most}."


def test_rationales_that_are_longer_than_answers_may_be_are_counted_by_row(recipe_file):
    prepared = prepare(load_recipe(recipe_file).task, 0)
    assert completion_warnings(load_recipe(recipe_file, ["sample.max_tokens=400"]), prepared) == []
    [warning] = completion_warnings(load_recipe(recipe_file, ["sample.max_tokens=1"]), prepared)
    assert (warning.code, len(warning.rows)) == ("short_max_tokens", 20)
    assert "20 of 20 rationales are longer than sample.max_tokens (1)" in warning.message
