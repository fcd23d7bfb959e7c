import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eval_predict.data.tidy_files import score_batches, score_files
from eval_predict.errors import UserError

TABLE = pa.table({"model": ["a", "b"], "item": ["007", "8"], "score": [1.0, 0.0]})


def test_the_rounds_of_a_run_come_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 2, 0):
        (tmp_path / f"round-{number}").mkdir()
        pq.write_table(TABLE, tmp_path / f"round-{number}" / "test.parquet")
    names = [file.parent.name for file in score_files(tmp_path)]
    assert names == ["round-0", "round-2", "round-10"]


def test_names_in_a_csv_stay_texts(tmp_path):
    file = tmp_path / "scores.csv"
    file.write_text("model,item,score\na,007,1\n")
    [batch] = score_batches(file)
    assert batch.column("item").to_pylist() == ["007"]


def test_a_missing_column_is_named_with_the_nearest(tmp_path):
    file = tmp_path / "scores.parquet"
    pq.write_table(TABLE.rename_columns(["model", "items", "score"]), file)
    with pytest.raises(UserError, match='Did you mean "items"'):
        list(score_batches(file))
