from conftest import small_recipe
from rounds.made_up_round import MadeUpEngine, run_stage, write_data

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


def test_as_many_labelled_rows_as_the_recipe_says_are_drawn_from_all_of_them(tmp_path):
    """A file may be sorted by its labels: the first rows would be no fair sample."""
    rows = [{"question_id": str(i), "prompt": f"q{i}", "completion": "c"} for i in range(40)]
    write_data(tmp_path, validation=rows)
    recipe = _recipe(tmp_path, "audit={rows: 10}", "sample.n=2")
    run_stage(tmp_path, recipe, "round-1/audit_sample", MadeUpEngine(lambda prompt: "text"))
    table = read_table(tmp_path / "round-1" / "labelled_samples")
    drawn = list(dict.fromkeys(int(name) for name in table["question_id"].to_pylist()))
    assert (table.num_rows, len(drawn)) == (20, 10)
    assert drawn == sorted(drawn) != list(range(10))


def test_a_warm_start_that_takes_all_labelled_rows_leaves_an_empty_table(tmp_path):
    write_data(tmp_path, validation=[])
    recipe = _recipe(tmp_path, "audit={rows: 10}")
    assert run_stage(tmp_path, recipe, "round-1/audit_sample", MadeUpEngine(str)) == {}
    assert read_table(tmp_path / "round-1" / "labelled_samples").num_rows == 0
