"""One reader: formats, encodings and dialects, and what it refuses."""

import gzip
import json
import time

import pytest

from eval_predict.errors import UserError
from iwsi.tasks.rows import Source, read_rows

ROWS = [{"question": "Grün, oder?", "answer": "1"}, {"question": "b\u2028c", "answer": "2"}]


def _read(path, **options):
    return read_rows(Source(path, "task.test", **options))


def _refusal(path, **options):
    with pytest.raises(UserError) as caught:
        _read(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def _write(path, text, encoding="utf-8"):
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix.lower() == ".gz" else data)
    return path


JSONL = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("a.jsonl", "", ["an empty file"]),
        ("a.csv", " \n", ["an empty file"]),
        ("a.csv", "q,a\n", ["no rows"]),
        ("a.json", "[]", ["no rows"]),
        ("a.jsonl", '{"q": 1}\n{"q": \n', ["line 2", "no JSON"]),
        ("a.json", '[{"q": 1},\n {"q": }]', ["line 2", "no JSON"]),
        ("a.jsonl", '{"q": 1}\n[1]\n', ["row 2", "a list"]),
        ("a.json", '["q"]', ["row 1", "a text"]),
        ("a.jsonl", '{"q": 1, "q": 2}\n', ["line 1", "'q' twice"]),
        ("a.csv", "q,a,q\n1,2,3\n", ["two columns named 'q'"]),
        ("a.csv", "q,a\n1,2\n3,4,5\n", ["line 3", "3 cells", "Quote cells"]),
        ("a.jsonl", "version https://git-lfs.github.com/spec/v1\n", ["LFS", "git lfs pull"]),
        ("a.json", "<!DOCTYPE html><html>", ["a web page", "raw file"]),
        ("a.xlsx", "PK\x03\x04...", ["Excel", "CSV"]),
        ("notes", "Dear all,\nno rows here.", ["text that begins 'Dear all,"]),
        ("a.json", "[" * 100_000, ["nested too deeply"]),
        ("a.json", "1", ["a number"]),
    ],
)
def test_what_is_no_file_of_rows_is_refused_in_one_line(tmp_path, name, text, parts):
    message = _refusal(_write(tmp_path / name, text))
    for part in parts:
        assert part in message


def test_damaged_binary_files_are_refused(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    assert "a damaged file" in _refusal(tmp_path / "a.parquet")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(JSONL.encode())[:-9])
    assert "a damaged gzip file" in _refusal(tmp_path / "a.jsonl.gz")


def test_a_megabyte_is_read_in_under_a_second(tmp_path):
    cells = "\n".join(f"{i},{'word ' * 15},{i % 7}" for i in range(13_000))
    path = _write(tmp_path / "a.csv", "id,q,a\n" + cells)
    assert path.stat().st_size > 1_000_000
    begin = time.perf_counter()
    assert len(_read(path)) == 13_000
    assert time.perf_counter() - begin < 1
