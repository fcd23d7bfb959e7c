from conftest import small_recipe
from rounds.made_up_round import MadeUpEngine, run_stage, write_data

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


def test_each_question_is_asked_for_n_candidates_after_the_few_shot_text(tmp_path):
    rows = [{"question_id": str(i), "prompt": f"question {i}"} for i in range(3)]
    write_data(tmp_path, train=rows)
    recipe = _recipe(tmp_path, "sample.n=2", "sample.shard_size=2", "task.few_shot='Say: '")
    engine = MadeUpEngine(lambda prompt: prompt.upper())
    info = run_stage(tmp_path, recipe, "round-1/sample", engine)
    assert info == {"engine": "transformers", "tokens": 3 * 2 * 3}
    assert sorted(engine.prompts) == ["Say: question 0", "Say: question 1", "Say: question 2"]
    table = read_table(tmp_path / "round-1" / "samples")
    assert table["candidate_id"].to_pylist() == [0, 1] * 3
    assert table["prompt"].to_pylist() == [row["prompt"] for row in rows for _ in range(2)]
    assert len(list((tmp_path / "round-1" / "samples").glob("*.parquet"))) == 2  # shards
