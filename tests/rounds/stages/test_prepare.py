import json

from conftest import small_recipe
from rounds.made_up_round import run_stage

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe
from iwsi.tasks.chat import in_prompt_style


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


def test_the_splits_are_written_with_what_a_run_needs_to_know_of_them(tmp_path):
    recipe = in_prompt_style(_recipe(tmp_path, "warm_start={rows: 5}"))
    info = run_stage(tmp_path, recipe, "prepare")
    sizes = {"train": 24, "validation": 15, "test": 20}
    assert info["rows"] == {f"data/{split}.parquet": size for split, size in sizes.items()}
    for split, size in sizes.items():
        assert read_table(tmp_path / "data" / f"{split}.parquet").num_rows == size
    assert "gold" not in read_table(tmp_path / "data" / "train.parquet").column_names
    assert read_table(tmp_path / "data" / "warm_start.parquet").num_rows == 5
    lengths = json.loads((tmp_path / "data" / "lengths.json").read_text())
    assert set(lengths) == set(sizes)
    assert (info["counts"]["questions"], info["counts"]["warm"]) == (24, 5)
    assert info["trainable"] > 0
