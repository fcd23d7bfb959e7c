import pyarrow as pa
from conftest import small_recipe

from iwsi import records
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.plan import plan
from iwsi.rounds.results import scored


def test_items_get_the_answer_that_is_read_and_whether_it_is_the_gold(tmp_path):
    recipe = load_recipe(small_recipe(tmp_path), ["test.full=every"])
    stage = next(stage for stage in plan(recipe) if stage.name == "round-1/test")
    context = stage.context(Session(tmp_path / "mine", recipe, lambda done, total: None), "digest")
    items = pa.table({"question_id": ["a", "b", "c"], "prompt": ["?"] * 3, "gold": ["1200"] * 3})
    texts = pa.chunked_array([["The answer is 1,200.", "The answer is 12.", "I do not know."]])
    table = scored(context, items, texts)
    assert table.schema == records.TEST_RESULTS
    assert table["model"].to_pylist() == ["mine/round-1"] * 3
    assert table["answer"].to_pylist() == ["1200", "12", None]
    assert table["score"].to_pylist() == [1.0, 0.0, 0.0]
