from conftest import small_recipe
from rounds.made_up_round import MadeUpEngine, run_stage

from iwsi import records
from iwsi.files import read_table, write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds.layout import RoundFiles

FILES = RoundFiles.of(1)


def _audit_ratings(folder, answers, engine):
    """Run the stage over labelled rows that have three candidates each."""
    rows = [
        {"question_id": name, "candidate_id": number, "prompt": f"{name}?"}
        | {"text": f" The answer is {value}", "finish_reason": "stop"}
        | {"num_tokens": 4, "logprob": -2.0}
        for name, values in answers.items()
        for number, value in enumerate(values)
    ]
    shard = records.CANDIDATES.empty_table().from_pylist(rows, schema=records.CANDIDATES)
    write_table(folder / FILES.labelled_samples / "00000.parquet", shard)
    (folder / "data").mkdir()
    (folder / "data" / "lengths.json").write_text('{"train": 10, "validation": 10, "test": 10}')
    overrides = ["audit={rows: 10}", "filter={method: self}", "filter.min_votes=2"]
    recipe = load_recipe(small_recipe(folder), overrides)
    info = run_stage(folder, recipe, "round-1/audit_rate", engine)
    return info, read_table(folder / FILES.labelled_ratings).to_pylist()


def test_the_majority_answer_of_a_labelled_row_is_rated_and_no_other(tmp_path):
    engine = MadeUpEngine(lambda prompt: " 9" if "is 5" in prompt else " none")
    answers = {"a": [7, 5, 5], "b": [1, 2, 3], "c": [4, 4, 4]}  # "b" has no two votes alike
    info, ratings = _audit_ratings(tmp_path, answers, engine)
    assert ratings == [{"question_id": "a", "rating": 9.0}, {"question_id": "c", "rating": None}]
    assert (info["rows"], info["too_long"]) == (2, 0)
    assert not any("is 7" in prompt or "is 1" in prompt for prompt in engine.prompts)


def test_without_labelled_rows_nothing_is_asked(tmp_path):
    engine = MadeUpEngine(str)
    info, ratings = _audit_ratings(tmp_path, {}, engine)
    assert (info, ratings, engine.prompts) == ({"rows": 0}, [], [])
