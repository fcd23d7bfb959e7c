import gzip
import json

import pytest

from eval_predict.errors import UserError
from iwsi.tasks.rows import Source, read_rows


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


NESTED = {
    "version": "1",
    "data": [
        {"title": "T", "paragraphs": [{"context": "C", "id": 7, "qas": [{"q": "a", "id": 1}]}]},
        {"title": "U", "paragraphs": [{"context": "D", "qas": [{"q": "b"}, {"q": "c"}]}]},
    ],
}


@pytest.mark.parametrize("path", ["data[].paragraphs[].qas[]", "data.paragraphs.qas"])
def test_records_are_reached_by_their_path_with_what_stands_around_them(tmp_path, path):
    rows = _read(_write(tmp_path / "a.json", json.dumps(NESTED)), records=path)
    assert [(row["title"], row["context"], row["q"]) for row in rows] == [
        ("T", "C", "a"),
        ("U", "D", "b"),
        ("U", "D", "c"),
    ]
    assert rows[0]["id"] == 1  # the inner one


def test_objects_by_id_become_rows_with_the_key(tmp_path):
    value = {"n1": {"text": "P", "qa": [{"q": "a"}]}, "n2": {"text": "Q", "qa": [{"q": "b"}]}}
    path = _write(tmp_path / "a.json", json.dumps(value))
    assert [row["key"] for row in _read(path, records="*")] == ["n1", "n2"]
    inner = _read(path, records="*.qa[]")
    assert inner[1] == {"key": "n2", "text": "Q", "q": "b"}


@pytest.mark.parametrize(
    ("value", "records", "part"),
    [
        (NESTED, None, "Set task.test.records: data.paragraphs.qas."),
        ({"a": {"q": 1}, "b": {"q": 2}}, None, "Set task.test.records: '*'"),
        ({"canary": "x", "examples": [{"q": 1}]}, None, "Set task.test.records: examples."),
        (NESTED, "rows", "no 'rows' on the way"),
        (NESTED, "version", "a text where 'version' leads"),
        (NESTED, "*", "a text under 'version'"),
    ],
)
def test_a_nested_file_asks_for_the_path_and_says_which(tmp_path, value, records, part):
    assert part in _refusal(_write(tmp_path / "a.json", json.dumps(value)), records=records)


COLUMNS = {"question": {"0": "a", "1": "b"}, "answer": {"0": 1, "1": 2}}


@pytest.mark.parametrize(
    "value",
    [
        COLUMNS,
        {name: list(column.values()) for name, column in COLUMNS.items()},
        {"columns": ["question", "answer"], "index": [0, 1], "data": [["a", 1], ["b", 2]]},
    ],
)
def test_a_table_written_column_by_column_is_turned_into_rows(tmp_path, value):
    rows = _read(_write(tmp_path / "a.json", json.dumps(value)))
    assert rows == [{"question": "a", "answer": 1}, {"question": "b", "answer": 2}]
