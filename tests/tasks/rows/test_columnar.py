import datetime
import decimal
import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from iwsi.tasks.rows import Source, read_rows, read_table


def _read(path, **options):
    return read_rows(Source(path, "task.test", **options))


def test_every_parquet_column_becomes_a_plain_value(tmp_path):
    columns = {
        "label": pa.array(["yes", "no"]).dictionary_encode(),
        "price": pa.array([decimal.Decimal("1.50"), None]),
        "raw": pa.array([b"text", b"\xff\xd8"]),
        "when": pa.array([datetime.date(2024, 2, 3), None]),
        "hour": pa.array([datetime.time(4, 5), None]),
        "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        "turns": pa.array([[{"role": "user"}], []]),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    first, second = _read(tmp_path / "a.parquet")
    assert first == {
        "label": "yes",
        "price": "1.50",
        "raw": "text",
        "when": "2024-02-03",
        "hour": "04:05:00",
        "map": {"a": 1},
        "turns": [{"role": "user"}],
    }
    assert second["raw"] is None  # an image or the like
    assert read_table(Source(tmp_path / "a.parquet"))["label"].type == pa.string()


@pytest.mark.parametrize("name", ["a.parquet", "a.parquet.gz", "a.jsonl"])
def test_a_parquet_file_is_one_under_any_name(tmp_path, name):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"q": ["a"]}), sink)
    data = sink.getvalue().to_pybytes()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert _read(tmp_path / name) == [{"q": "a"}]


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_arrow_files_are_read(tmp_path, kind):
    table = pa.table({"q": ["a", "b"]})
    new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, new(sink, table.schema) as writer:
        writer.write_table(table)
    assert _read(tmp_path / "a.arrow") == [{"q": "a"}, {"q": "b"}]
