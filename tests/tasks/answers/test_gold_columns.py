"""Golds that only the other golds of their column make doubtful."""

import pytest
from conftest import write_jsonl

from eval_predict.errors import UserError
from iwsi.recipe import Split, Task
from iwsi.recipe.answer import parse_answer
from iwsi.tasks.answers import reader_of
from iwsi.tasks.dataset import prepare


@pytest.mark.parametrize("kind", ["number", {"kind": "math", "several": True}])
def test_a_comma_that_separates_values_in_one_row_may_separate_them_in_another(kind):
    reader = reader_of(parse_answer(kind))
    assert reader.golds(["110,880", "14, 16", "7"])[0] == "110880"
    assert reader.golds(["110,880", "14,16", "7"])[0] is None


def test_a_group_of_three_that_begins_with_zero_is_no_value_of_a_list():
    golds = reader_of("number").golds(["350,000 pages", "2,365,200,000", "14,16"])
    assert golds == ["350000", "2365200000", None]


def test_thousands_alone_are_no_lists():
    golds = ["2,125", "114,200", "1,00,000", "5"]
    assert reader_of("number").golds(golds) == ["2125", "114200", "100000", "5"]


def test_texts_that_are_all_single_digits_are_places_of_options():
    assert reader_of("text").golds(["0", "2"]) == [None, None]
    assert reader_of("text").golds(["0", "1882"]) == ["0", "1882"]
    assert reader_of("number").golds(["0", "2"]) == ["0", "2"]


def test_validate_refuses_them_with_what_to_do(tmp_path):
    rows = [{"q": f"question {i} of six", "a": str(i % 3)} for i in range(6)]
    split = Split(path=str(write_jsonl(tmp_path / "rows.jsonl", rows)))
    templates = {"prompt": "{{ q }}", "gold": "{{ a }}", "rationale": "{{ a }}"}
    task = Task(train=split, validation=split, test=split, name="t", answer="text", **templates)
    with pytest.raises(UserError, match=r"row 1: .0.*place of an option: use .answer: choice"):
        prepare(task, 0)
