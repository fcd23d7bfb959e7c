from conftest import ROOT

from iwsi.recipe.load import load_recipe
from iwsi.train.card import adapter_card, card, header
from iwsi.train.counts import SampleCounts


def _recipe(*overrides):
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)


def test_a_local_base_is_no_base_model_of_the_hub():
    assert "base_model" not in header(_recipe("model.name=/models/m"), "m")
    assert header(_recipe("model.name=org/m"), "org/m")["base_model"] == "org/m"


def test_the_card_of_an_adapter_counts_its_answers_and_shows_no_folder():
    text = adapter_card(_recipe("model.name=/secret/place/m"), SampleCounts(1234, 0))
    assert "Trained on 1,234 of the model's answers." in text
    assert "/secret/place" not in text.split("```yaml")[1]


def test_empty_parts_leave_no_gap():
    assert card({"a": 1}, ["x", "", "y"]) == "---\na: 1\n---\n\nx\n\ny\n"
