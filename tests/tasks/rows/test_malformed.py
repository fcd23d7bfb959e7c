"""Malformed files of rows: the one line that is said of each."""

import gzip
import os
import time

import pytest
from malformed_files import MALFORMED

from eval_predict.errors import UserError
from iwsi.tasks.rows import Source, read_rows, read_table

REFUSED = [file for file in MALFORMED if file.rows is not None]
READ = [file for file in MALFORMED if file.rows is None]


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.name)
@pytest.mark.parametrize("read", [read_rows, read_table])
def test_a_malformed_file_is_refused_in_one_line_that_names_it(tmp_path, file, read):
    path = tmp_path / file.name
    path.write_bytes(file.data)
    with pytest.raises(UserError) as caught:
        read(Source(path, "task.train"))
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert file.rows in line
    assert "\n" not in line


@pytest.mark.parametrize("file", READ, ids=lambda file: file.name)
def test_an_odd_file_that_holds_rows_is_read(tmp_path, file):
    path = tmp_path / file.name
    path.write_bytes(file.data)
    assert len(read_rows(Source(path, "task.train"))) == 1


@pytest.mark.parametrize("read", [read_rows, read_table])
def test_a_pipe_in_place_of_rows_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "rows.jsonl")
    with pytest.raises(UserError, match=r"task\.train: a named pipe; expected a file"):
        read(Source(tmp_path / "rows.jsonl", "task.train"))


@pytest.mark.parametrize("encoding", ["rot13", "hex", "nosuch", "a\0b", "x" * 1000])
def test_an_encoding_that_is_no_texts_is_refused(tmp_path, encoding):
    (tmp_path / "rows.jsonl").write_text('{"q": 1}')
    with pytest.raises(UserError, match=r"task\.train\.encoding: .*; expected an encoding that"):
        read_rows(Source(tmp_path / "rows.jsonl", "task.train", encoding=encoding))


def test_a_number_of_more_digits_than_python_reads_is_named(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"q": ' + "9" * 10_000 + "}")
    with pytest.raises(UserError, match=r"line 1: no JSON \(Exceeds the limit \(4300 digits\)\);"):
        read_rows(Source(tmp_path / "rows.jsonl", "task.train"))


def test_a_gzip_file_inside_another_is_named(tmp_path):
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(gzip.compress(b'{"q": 1}')))
    with pytest.raises(UserError, match=r"a gzip file inside a gzip file; .* Unpack it once\."):
        read_rows(Source(tmp_path / "rows.jsonl.gz", "task.train"))


def test_an_encrypted_table_is_named(tmp_path):
    (tmp_path / "rows.parquet").write_bytes(b"PARE" + b"\x15\x04" * 50 + b"PARE")
    with pytest.raises(UserError, match="an encrypted Parquet file; expected rows as JSON"):
        read_rows(Source(tmp_path / "rows.parquet", "task.train"))


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    from iwsi.tasks.rows import opening

    monkeypatch.setattr(opening, "_UNPACKED_BYTES", 1 << 20)
    monkeypatch.setattr(opening, "_UNPACKED_RATIO", 2)
    (tmp_path / "bomb.jsonl.gz").write_bytes(gzip.compress(b'{"q": "' + b"x" * (1 << 22) + b'"}'))
    began = time.process_time()
    with pytest.raises(UserError, match="of gzip that unpack to more than 1,048,576"):
        read_rows(Source(tmp_path / "bomb.jsonl.gz", "task.train"))
    assert time.process_time() - began < 1
