import pytest

from eval_predict.errors import UserError
from iwsi.recipe.defaults import is_default, naming_defaults
from iwsi.recipe.load import load_recipe


def test_a_value_is_a_default_unless_somebody_wrote_it(recipe_file):
    recipe = load_recipe(recipe_file, ["train.lora.r=8"])
    assert not is_default(recipe, "sample.max_tokens")  # the file has it
    assert not is_default(recipe, "train.lora.r")
    assert is_default(recipe, "train.max_length")
    assert is_default(recipe, "sample.top_p")
    assert not is_default(recipe, "--until")


def test_an_error_about_a_default_says_so(recipe_file):
    recipe = load_recipe(recipe_file)
    with pytest.raises(UserError) as caught, naming_defaults(recipe):
        raise UserError(field="sample.top_p", got="1", expected="less")
    assert str(caught.value) == "sample.top_p: 1 (a default); expected less"
    with pytest.raises(UserError) as caught, naming_defaults(recipe):
        raise UserError(field="sample.max_tokens", got="48", expected="less")
    assert str(caught.value) == "sample.max_tokens: 48; expected less"
