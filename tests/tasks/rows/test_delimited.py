import gzip

import pytest

from eval_predict.errors import UserError
from iwsi.tasks.rows import Source, read_rows, read_table


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
