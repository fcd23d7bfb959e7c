import gzip
import json

from conftest import write_jsonl

from iwsi.tasks.rows import Source, read_rows, read_table


def _read(path, **options):
    return read_rows(Source(path, "task.test", **options))


def _write(path, text, encoding="utf-8"):
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix.lower() == ".gz" else data)
    return path


def test_integers_in_json_keep_all_their_digits(tmp_path):
    numbers = [2**53 + 1, 10**20 + 1]
    path = write_jsonl(tmp_path / "a.jsonl", [{"id": number} for number in numbers])
    assert [row["id"] for row in _read(path)] == numbers
    assert read_table(Source(path))["id"].to_pylist() == [str(number) for number in numbers]


def test_one_object_may_be_one_row(tmp_path):
    row = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": ""}]}
    assert _read(_write(tmp_path / "a.json", json.dumps(row, indent=2))) == [row]
