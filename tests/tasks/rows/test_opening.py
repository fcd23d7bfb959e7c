import gzip
import json

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


ARRAY = json.dumps(ROWS, ensure_ascii=False, indent=2)


@pytest.mark.parametrize("name", ["a.jsonl", "a.JSONL", "a.json", "a.jsonl.gz", "a.json.GZ", "a"])
@pytest.mark.parametrize("text", [JSONL, JSONL.replace("\n", "\r\n\r\n"), ARRAY])
def test_content_distinguishes_json_from_jsonl_whatever_the_name(tmp_path, name, text):
    assert _read(_write(tmp_path / name, text)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", [JSONL, "question,answer\nx,y\n"])
def test_a_byte_order_mark_or_zero_bytes_show_the_encoding(tmp_path, encoding, text):
    name = "a.csv" if text.startswith("question") else "a.jsonl"
    rows = _read(_write(tmp_path / name, text, encoding))
    assert rows == (ROWS if name == "a.jsonl" else [{"question": "x", "answer": "y"}])


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_text_that_is_no_utf_8_is_refused_with_the_key_to_set_and_read_with_it(tmp_path, name):
    text = "question,answer\nGrün,1\n" if name == "a.csv" else '{"question": "Grün", "answer": 1}'
    path = _write(tmp_path / name, text, "latin-1")
    message = _refusal(path)
    assert "byte 0xfc" in message
    assert "Set task.test.encoding" in message
    assert _read(path, encoding="latin-1") == [{"question": "Grün", "answer": 1}]
    assert "task.test.encoding: 'latin-9000'" in _refusal(path, encoding="latin-9000")


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("iwsi.tasks.rows.opening._UNPACKED_BYTES", 2**20)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"q,a\n" + b"1,2\n" * 2**22))
    assert "unpack to more than" in _refusal(tmp_path / "a.csv.gz")
