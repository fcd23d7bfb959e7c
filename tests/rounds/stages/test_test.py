from conftest import small_recipe
from rounds.made_up_round import MadeUpEngine, run_stage, write_data

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


ITEMS = [{"question_id": str(i), "prompt": f"What is {i}?", "gold": str(i)} for i in range(4)]


def test_answers_are_read_compared_and_kept_beside_the_gold(tmp_path):
    write_data(tmp_path, test=ITEMS)
    engine = MadeUpEngine(lambda prompt: "no idea" if "3" in prompt else "The answer is 1.")
    run_stage(tmp_path, _recipe(tmp_path, "test.full=every"), "round-0/test", engine)
    [decoding] = engine.decodings
    assert (decoding.n, decoding.temperature) == (1, 0)
    table = read_table(tmp_path / "round-0" / "test.parquet")
    assert table["model"].to_pylist() == [f"{tmp_path.name}/round-0"] * 4
    assert table["answer"].to_pylist() == ["1", "1", "1", None]
    assert table["score"].to_pylist() == [0, 1, 0, 0]


def test_where_round_0_is_a_warm_start_the_base_models_results_have_a_folder_of_their_own(tmp_path):
    write_data(tmp_path, test=ITEMS)
    recipe = _recipe(tmp_path, "warm_start={rows: 4}", "test.full=every")
    run_stage(tmp_path, recipe, "start/test", MadeUpEngine(lambda prompt: "The answer is 2."))
    assert read_table(tmp_path / "start" / "test.parquet")["score"].to_pylist() == [0, 0, 1, 0]
