from conftest import ROOT
from report.run_directories import write_whole_run

from iwsi.export.card import dataset_card, model_card
from iwsi.recipe.load import load_recipe
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.summary import summarise


def test_a_model_card_has_accuracy_gain_and_the_funnel(tmp_path):
    run = write_whole_run(tmp_path / "run")
    summary = summarise(run, read_recipe(run), Ledger(run))
    card = model_card(read_recipe(run), summary, 1, merged=False)
    assert "| accuracy, full test | 75.0% |" in card
    assert "| points over the base model | +25.0 |" in card
    assert "| sampled | 60 |" in card
    assert "AutoPeftModelForCausalLM" in card


def test_a_dataset_card_says_how_many_rows_and_which_filter():
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml")
    card = dataset_card(recipe, 2, 12_345)
    assert "12,345 completions" in card
    assert "`filter.method: iwsi`" in card
    assert "10K<n<100K" in card
