from conftest import small_recipe
from rounds.made_up_round import MadeUpEngine, run_stage, write_candidates, write_data

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


def test_equal_answers_are_rated_once_and_a_reply_without_a_number_is_none(tmp_path):
    write_data(tmp_path)
    texts = [("a", "good"), ("a", "good"), ("a", "dropped"), ("b", "silent")]
    write_candidates(tmp_path, texts, [True, True, False, True])
    engine = MadeUpEngine(lambda prompt: " 8 of 10" if "good" in prompt else " Well done")
    recipe = _recipe(tmp_path, "filter={method: self}")
    info = run_stage(tmp_path, recipe, "round-1/rate", engine)
    assert (info["rows"], info["too_long"], len(engine.prompts)) == (2, 0, 2)
    assert engine.decodings[0].temperature == 0
    ratings = read_table(tmp_path / "round-1" / "ratings.parquet")
    assert ratings["rating"].to_pylist() == [8.0, 8.0, None, None]
    assert ratings["reply"].to_pylist() == [" 8 of 10", " 8 of 10", None, " Well done"]
