import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import write_jsonl

from eval_predict.errors import UserError
from iwsi.tasks.rows import Source, read_rows, read_table


def _read(path, **options):
    return read_rows(Source(path, "task.test", **options))


def _refusal(path, **options):
    with pytest.raises(UserError) as caught:
        _read(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_of_shards_is_read_in_order_and_metadata_passed_over(tmp_path):
    for i in (1, 0):
        name = f"train-0000{i}-of-00002.parquet"
        pq.write_table(pa.table({"q": [f"q{i}"]}), tmp_path / name)
    (tmp_path / "dataset_info.json").write_text('{"license": "mit"}')
    (tmp_path / "README.md").write_text("# Rows")
    assert [row["q"] for row in _read(tmp_path)] == ["q0", "q1"]
    assert read_table(Source(tmp_path))["q"].to_pylist() == ["q0", "q1"]


def test_shards_whose_types_differ_are_one_table(tmp_path):
    write_jsonl(tmp_path / "0.jsonl", [{"q": 1}])
    write_jsonl(tmp_path / "1.jsonl", [{"q": "b"}])
    assert read_table(Source(tmp_path))["q"].to_pylist() == ["1", "b"]


def test_a_folder_of_several_splits_or_formats_is_refused(tmp_path):
    write_jsonl(tmp_path / "train.jsonl", [{"q": "a"}])
    write_jsonl(tmp_path / "test.jsonl", [{"q": "a"}])
    assert "holds test and train rows" in _refusal(tmp_path)
    (tmp_path / "test.jsonl").rename(tmp_path / "more.csv")
    assert ".csv and .jsonl files" in _refusal(tmp_path)
