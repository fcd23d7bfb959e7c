import json

import pytest

from eval_predict.data.item_lists import format_items, harness_samples, inspect_ids
from eval_predict.errors import UserError


def test_the_harness_takes_document_numbers_by_task():
    assert harness_samples(["arc/3", "arc/1", "mmlu/0"], ["arc", "arc", "mmlu"]) == {
        "arc": [1, 3],
        "mmlu": [0],
    }
    assert json.loads(format_items("lm-eval", ["7"], ["arc"])) == {"arc": [7]}


@pytest.mark.parametrize(("items", "tasks"), [(["q-7"], ["arc"]), (["7"], [""])])
def test_items_without_a_number_or_a_task_are_refused(items, tasks):
    with pytest.raises(UserError, match="--format"):
        harness_samples(items, tasks)


def test_inspect_takes_ids_with_commas_between_and_none_inside():
    assert format_items("inspect", ["a", "b"], ["t", "t"]) == "a,b"
    assert inspect_ids(["a", "b"], ["t", "u"]) == {"t": ["a"], "u": ["b"]}
    with pytest.raises(UserError, match="--format"):
        inspect_ids(["a,b"], ["t"])


def test_ids_are_a_line_each():
    assert format_items("ids", ["a", "b"], ["", ""]) == "a\nb"
