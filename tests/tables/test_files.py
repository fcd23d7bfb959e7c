import pyarrow as pa
import pytest
from conftest import write_jsonl

from eval_predict.errors import UserError
from iwsi.tables.files import (
    check_free,
    check_out,
    read_rows_file,
    rows_of,
    text_column,
    write_rows_file,
)

TABLE = pa.table({"question": ["a", "b"], "answer": [1, 2]})


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_what_is_written_is_read_again(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    write_rows_file(path, TABLE)
    assert read_rows_file(path).to_pylist() == TABLE.to_pylist()


def test_bare_answers_are_texts(tmp_path):
    assert text_column(TABLE, ("text", "answer"), tmp_path).to_pylist() == ["1", "2"]


def test_a_missing_column_is_named_with_the_nearest(tmp_path):
    with pytest.raises(UserError, match='Did you mean "question"'):
        text_column(TABLE, ("questions",), tmp_path)


def test_a_gap_is_refused_with_its_row_unless_gaps_are_allowed(tmp_path):
    rows = pa.table({"text": ["a", None]})
    with pytest.raises(UserError, match="row 2, text"):
        text_column(rows, ("text",), tmp_path)
    assert text_column(rows, ("text",), tmp_path, gaps=True).to_pylist() == ["a", None]


def test_a_column_that_would_be_there_twice_is_refused(tmp_path):
    with pytest.raises(UserError, match="answer"):
        check_free(TABLE, ["nll", "answer"], tmp_path)


def test_an_output_is_neither_an_input_nor_of_an_unknown_format(tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", [{"a": 1}])
    with pytest.raises(UserError, match="which is read"):
        check_out(source, [source])
    with pytest.raises(UserError, match="ends in"):
        check_out(tmp_path / "rows.txt", [])


def test_a_date_that_python_cannot_hold_is_refused_with_its_column(tmp_path):
    days = pa.array([0, 2_932_897], pa.int32()).cast(pa.date32())  # the second is 10000-01-01
    table = pa.table({"question": ["a", "b"], "day": days})
    with pytest.raises(UserError, match=r"day: values of date32.* Take the column out") as caught:
        rows_of(table, tmp_path / "rows.parquet")
    assert "rows.parquet" in str(caught.value)
    assert rows_of(table.select(["question"]), tmp_path) == [{"question": "a"}, {"question": "b"}]
