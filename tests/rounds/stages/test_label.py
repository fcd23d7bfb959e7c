import json

from conftest import ROOT, small_recipe
from rounds.made_up_round import run_stage, write_data

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


VALIDATION = ROOT / "recipes" / "tiny_arith" / "validation.jsonl"


def test_the_oracles_labels_are_those_of_the_questions_rows(tmp_path):
    recipe = _recipe(tmp_path, "filter={method: oracle}", f"task.train.path={VALIDATION}")
    write_data(tmp_path, train=[{"question_id": name, "prompt": "q"} for name in ("7", "2")])
    assert run_stage(tmp_path, recipe, "round-1/label") == {"rows": 2}
    rows = [json.loads(line) for line in VALIDATION.read_text().splitlines()]
    expected = [
        rows[number]["answer"].rpartition("The answer is ")[2].strip(". ") for number in (7, 2)
    ]
    table = read_table(tmp_path / "data" / "train_gold.parquet")
    assert table["question_id"].to_pylist() == ["7", "2"]
    assert table["gold"].to_pylist() == expected
