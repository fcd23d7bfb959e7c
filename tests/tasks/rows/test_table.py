import gzip

from conftest import write_jsonl

from iwsi.tasks.rows import Source, read_rows, read_table


def _read(path, **options):
    return read_rows(Source(path, "task.test", **options))


def _write(path, text, encoding="utf-8"):
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix.lower() == ".gz" else data)
    return path


def test_a_column_of_plain_integers_or_truth_values_has_their_type(tmp_path):
    rows = _read(
        _write(tmp_path / "a.csv", "n,long,t,m\n1,12345678901234567890,True,1\n,2,False,x")
    )
    assert rows == [
        {"n": 1, "long": "12345678901234567890", "t": True, "m": "1"},
        {"n": None, "long": "2", "t": False, "m": "x"},
    ]


def test_a_column_of_several_types_becomes_text_in_a_table(tmp_path):
    rows = [{"a": 1, "b": [1]}, {"a": "x", "b": "y"}, {"c": None}]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    table = read_table(Source(path))
    assert table["a"].to_pylist() == ["1", "x", None]
    assert table["b"].to_pylist() == ["[1]", "y", None]
    assert table["c"].to_pylist() == [None] * 3
