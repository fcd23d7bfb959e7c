"""One reader: formats, encodings and dialects, and what it refuses."""

import datetime
import decimal
import gzip
import json
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import write_jsonl

from eval_predict.errors import UserError
from iwsi.tasks.rows import Source, read_rows, read_table

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
def test_content_tells_json_from_jsonl_whatever_the_name(tmp_path, name, text):
    assert _read(_write(tmp_path / name, text)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", [JSONL, "question,answer\nx,y\n"])
def test_a_byte_order_mark_or_zero_bytes_tell_the_encoding(tmp_path, encoding, text):
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'question,answer\n"a, b",1\n'),
        ("a.csv", 'sep=;\nquestion;answer\n"a, b";1\n'),
        ("a.csv", "question;answer;\na, b;1;\n"),
        ("a.csv", "question|answer\r\na, b|1\r\n\r\n"),
        ("a.tsv", "question\tanswer\na, b\t1"),
        ("a.TXT", "question\tanswer\na, b\t1"),
        ("a.csv", '"question","answer"\r"a, b","1"\r'),
        ("a.csv", 'question,answer\n"a, b",1\n,,\n,\n'),
    ],
)
def test_every_dialect_of_csv_gives_the_same_rows(tmp_path, name, text):
    assert _read(_write(tmp_path / name, text)) == [{"question": "a, b", "answer": 1}]


def test_quotation_marks_in_a_tsv_are_text_where_quoting_would_join_rows(tmp_path):
    text = 'id\ttext\tlabel\n1\t" Open, he said\tyes\n2\tCalled it " fine .\tno\n'
    rows = _read(_write(tmp_path / "a.tsv", text))
    assert [row["text"] for row in rows] == ['" Open, he said', 'Called it " fine .']


def test_a_quoted_line_break_belongs_to_its_cell(tmp_path):
    rows = _read(_write(tmp_path / "a.csv", 'q,a\n"x\ny",1\nz,2\n'))
    assert rows == [{"q": "x\ny", "a": 1}, {"q": "z", "a": 2}]


def test_ids_in_a_csv_stay_the_texts_that_they_are(tmp_path):
    ids = ["001", "1", "01", "1e5", "100000", "12345678901234567890"]
    path = _write(tmp_path / "a.csv", "id\n" + "\n".join(ids) + "\n")
    assert [row["id"] for row in _read(path)] == ids
    assert read_table(Source(path))["id"].to_pylist() == ids


def test_a_column_of_plain_integers_or_truth_values_has_their_type(tmp_path):
    rows = _read(
        _write(tmp_path / "a.csv", "n,long,t,m\n1,12345678901234567890,True,1\n,2,False,x")
    )
    assert rows == [
        {"n": 1, "long": "12345678901234567890", "t": True, "m": "1"},
        {"n": None, "long": "2", "t": False, "m": "x"},
    ]


def test_integers_in_json_keep_all_their_digits(tmp_path):
    numbers = [2**53 + 1, 10**20 + 1]
    path = write_jsonl(tmp_path / "a.jsonl", [{"id": number} for number in numbers])
    assert [row["id"] for row in _read(path)] == numbers
    assert read_table(Source(path))["id"].to_pylist() == [str(number) for number in numbers]


def test_a_column_of_several_types_becomes_text_in_a_table(tmp_path):
    rows = [{"a": 1, "b": [1]}, {"a": "x", "b": "y"}, {"c": None}]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    table = read_table(Source(path))
    assert table["a"].to_pylist() == ["1", "x", None]
    assert table["b"].to_pylist() == ["[1]", "y", None]
    assert table["c"].to_pylist() == [None] * 3


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


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("iwsi.tasks.rows.opening._UNPACKED_BYTES", 2**20)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"q,a\n" + b"1,2\n" * 2**22))
    assert "unpack to more than" in _refusal(tmp_path / "a.csv.gz")


def test_a_file_without_header_is_refused_and_read_with_names(tmp_path):
    text = "How many are one and one and then one more of them?\t3\nWhat is two plus two?\t4\n"
    path = _write(tmp_path / "a.tsv", text)
    assert "task.test.columns: [question, answer]" in _refusal(path)
    rows = _read(path, columns=("question", "answer"))
    assert [row["answer"] for row in rows] == [3, 4]
    assert "Name every column" in _refusal(path, columns=("question",))


def test_columns_without_a_name_go_by_their_place(tmp_path):
    rows = _read(_write(tmp_path / "a.csv", ",q,,a\n0,x,y,z\n"))
    assert rows == [{"column_1": 0, "q": "x", "column_3": "y", "a": "z"}]


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


def test_one_object_may_be_one_row(tmp_path):
    row = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": ""}]}
    assert _read(_write(tmp_path / "a.json", json.dumps(row, indent=2))) == [row]


def test_a_megabyte_is_read_in_under_a_second(tmp_path):
    cells = "\n".join(f"{i},{'word ' * 15},{i % 7}" for i in range(13_000))
    path = _write(tmp_path / "a.csv", "id,q,a\n" + cells)
    assert path.stat().st_size > 1_000_000
    begin = time.perf_counter()
    assert len(_read(path)) == 13_000
    assert time.perf_counter() - begin < 1
