import json
import math

import pytest

from eval_predict.data.readers import table_rows
from eval_predict.data.readers.content import load
from eval_predict.data.readers.reading import Row, Scale
from eval_predict.errors import UserError


def _content(folder, value, name="t.json"):
    (folder / name).write_text(value if isinstance(value, str) else json.dumps(value))
    return load(folder / name)


def test_a_list_of_results_in_an_object_has_the_model_beside_it(tmp_path):
    value = {"model": "m", "date": "d", "rows": [{"id": 1, "score": 1, "choices": ["a"]}]}
    assert table_rows.records_in(_content(tmp_path, value)) == [{"model": "m", "id": 1, "score": 1}]


def test_two_lists_or_rows_without_scores_are_no_results(tmp_path):
    rows = [{"id": 1, "score": 1}]
    assert table_rows.records_in(_content(tmp_path, {"a": rows, "b": rows})) == []
    assert table_rows.records_in(_content(tmp_path, {"a": [{"id": 1, "text": "x"}]})) == []


def test_scores_by_item_by_model_are_rows_of_a_matrix(tmp_path):
    value = {"m": {"q1": 1, "q2": False}, "n": {"q1": "C"}}
    assert table_rows.nested_scores(_content(tmp_path, value)) == [
        {"": "m", "q1": 1, "q2": False},
        {"": "n", "q1": "C"},
    ]
    assert table_rows.nested_scores(_content(tmp_path, {"m": {"q1": 1}, "n": 2})) == []


def test_a_table_in_columns_and_data_has_its_rows(tmp_path):
    value = {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}
    assert table_rows.split_rows(_content(tmp_path, value)) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert table_rows.split_rows(_content(tmp_path, {**value, "data": [[1]]})) == []


def test_csv_and_json_of_one_table_agree(tmp_path):
    cells = table_rows.load_rows(_content(tmp_path, "a,b\nx,1\ny,2\n", "t.csv"))
    records = table_rows.load_rows(_content(tmp_path, [{"a": "x", "b": 1}, {"a": "y", "b": 2}]))
    assert cells.header == records.header == ("a", "b")
    assert cells.column("a") == records.column("a") == ["x", "y"]
    assert cells.is_scores("b")
    assert not cells.is_scores("a")


def test_two_columns_of_one_name_are_refused(tmp_path):
    with pytest.raises(UserError, match="a: 2 columns of that name"):
        table_rows.load_rows(_content(tmp_path, "a,a\n1,2\n", "t.csv"))


def test_cells_are_scores_and_names_or_errors_of_their_column(tmp_path):
    content = _content(tmp_path, "a\n1\n", "t.csv")
    assert table_rows.number_in(content, {"a": "true"}, "a") == 1
    assert math.isnan(table_rows.number_in(content, {"a": ""}, "a"))
    assert table_rows.name_in(content, {"a": 7.0}, "a") == "7"
    with pytest.raises(UserError, match="a: 'good'"):
        table_rows.number_in(content, {"a": "good"}, "a")
    with pytest.raises(UserError, match="a: an empty cell"):
        table_rows.name_in(content, {"a": ""}, "a")


def test_only_metrics_that_leave_zero_to_one_have_a_scale_of_what_was_seen():
    rows = [Row("q1", {"f1": 0.5, "stars": 1}), Row("q2", {"f1": 1, "stars": 5, "x": math.nan})]
    assert table_rows.observed_scales(rows) == {"stars": Scale(1, 5, stated=False)}


def test_a_few_names_are_shown_and_how_many_there_are():
    assert table_rows.shown(["a", ""]) == 'a, ""'
    assert table_rows.shown([str(n) for n in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7, … 10 in all"
