"""Files that hold no rows or no scores, and what each reader says of them."""

import gzip
import io
import json
import zipfile
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq


class Malformed(NamedTuple):
    """A file, and a part of what is said of it.

    Attributes:
        name: the file's.
        data: its bytes.
        rows: in the refusal of the reader of rows; None: it reads the file.
        scores: in the refusal of the reader of scores; None: it reads the file.
    """

    name: str
    data: bytes
    rows: str | None
    scores: str | None


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _zip() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("rows.jsonl", '{"q": 1}\n')
    return sink.getvalue()


_SOUND = _parquet(pa.table({"q": ["a", "b"]}))
_TWICE = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
_NO_ROWS = pa.table({"q": pa.array([], pa.string())})
_NESTED = {"data": [{"qas": [{"q": 1}]}], "v": [{"x": 1}]}
EMPTY = ("an empty file; expected at least one row", "no rows, an empty file; expected scores")
NO_JSON = "line 1: no JSON (Expecting value at column 1); expected JSON or JSONL"
NO_TABLE = "text that is no table; expected a log of"
NO_IDS = "of numbers and no ids"
NO_SCORES = "no column of scores (found: "
ONE_VALUE = "expected JSON: one value, or one object a line. The file may be cut short"
PACKED = "a zip archive or an Excel workbook; expected rows as JSON"
PICKLE = "a pickle, which can run code when it is read; expected rows as JSON"
BINARY = "a binary file; expected a log of"

MALFORMED = [
    Malformed("empty.jsonl", b"", *EMPTY),
    Malformed("blank.jsonl", b"  \n \n", *EMPTY),
    Malformed("empty.json", b"", *EMPTY),
    Malformed("empty.csv", b"", *EMPTY),
    Malformed("empty.tsv", b"", *EMPTY),
    Malformed("empty.parquet", b"", *EMPTY),
    Malformed("empty.arrow", b"", *EMPTY),
    Malformed("empty.jsonl.gz", gzip.compress(b""), *EMPTY),
    Malformed(
        "cut.jsonl",
        b'{"q": "a"}\n{"q": ',
        "line 2: no JSON (Expecting value at column 7); expected one object a line",
        NO_SCORES,
    ),
    Malformed(
        "two-a-line.jsonl",
        b'{"q": 1}{"q": 2',
        "line 1: no JSON (Expecting ',' delimiter at column 16); expected JSON or JSONL",
        f'line 1: {{"q": 1}}{{"q": 2; {ONE_VALUE}',
    ),
    Malformed(
        "lists.jsonl",
        b"[1]\n[2]\n",
        "row 1: a list; expected an object with a key for each column",
        "lines of JSON that are no records",
    ),
    Malformed("numbers.jsonl", b"1\n2\n", "row 1: a number; expected an object", NO_IDS),
    Malformed("prose.jsonl", b"hello world\n", NO_JSON, NO_TABLE),
    Malformed("texts.jsonl", b'"a"\n"b"\n', "row 1: a text; expected an object", NO_SCORES),
    Malformed("null.jsonl", b"null\n", "no rows; expected at least one row", NO_TABLE),
    Malformed(
        "mixed.jsonl",
        b'{"q": 1}\n7\n',
        "row 2: a number; expected an object with a key for each column",
        "lines of JSON that are no records",
    ),
    Malformed(
        "key-twice.jsonl",
        b'{"q": 1, "q": 2}\n',
        "line 1: the key 'q' twice in one object; expected each key once. Rename one of the two.",
        NO_IDS,
    ),
    Malformed(
        "deep.jsonl",
        b'{"q": ' + b"[" * 100_000,
        "line 1: no JSON (nested too deeply)",
        "JSON nested too deeply; expected a log of results",
    ),
    Malformed(
        "cut.json",
        b'[{"q": 1}, ',
        "line 1: no JSON (Expecting value at column 12)",
        f'line 1: [{{"q": 1}},; {ONE_VALUE}',
    ),
    Malformed("about.json", b'{"version": 1}', None, NO_IDS),
    Malformed("nested.json", json.dumps(_NESTED).encode(), None, "a JSON object with data, v"),
    Malformed("number.json", b"7", "a number; expected objects with a key", NO_TABLE),
    Malformed("numbers.json", b"[1, 2]", "row 1: a number", "JSON, a list without records"),
    Malformed("no-rows.json", b"[]", "no rows; expected at least", "JSON, a list without records"),
    Malformed("object.json", b"{}", None, "no rows, only a header"),
    Malformed(
        "trailing.json",
        b'[{"q": 1}] x',
        "no JSON (Expecting value at column 12)",
        f'line 1: [{{"q": 1}}] x; {ONE_VALUE}',
    ),
    Malformed(
        "single-quotes.json",
        b"{'q': 1}",
        "no JSON (Expecting property name enclosed in double quotes at column 2)",
        f"line 1: {{'q': 1}}; {ONE_VALUE}",
    ),
    Malformed("comment.json", b'// x\n[{"q":1}]', NO_JSON, NO_SCORES),
    Malformed("infinite.jsonl", b'{"q": Infinity}\n', None, NO_SCORES),
    Malformed("control.jsonl", b'{"q": "a\x01"}\n', "no JSON (Invalid control", ONE_VALUE),
    Malformed(
        "latin.jsonl",
        b'{"q": "\xe9"}\n',
        "task.train.encoding: byte 0xe9 that is not UTF-8 text; expected UTF-8 text, or the name "
        "of the file's encoding. Set task.train.encoding to it, such as cp1252",
        NO_SCORES,
    ),
    Malformed("latin.csv", b"q,a\n\xe9,1\n", "task.train.encoding: byte 0xe9", None),
    Malformed("binary.jsonl", b"\x00\x01\x02\x03" * 50, NO_JSON, BINARY),
    Malformed(
        "nul-tail.jsonl",  # what a crash leaves of a file that was being written
        b'{"q": "a"}\n' + b"\0" * 512,
        "line 2: no JSON (Expecting value at column 1); expected one object a line",
        BINARY,
    ),
    Malformed("header.csv", b"q,a\n", "no rows; expected at least one row", "no rows, only a head"),
    Malformed(
        "uneven.csv",
        b"q,a\n1,2,3\n",
        "line 2: 3 cells; expected 2, one for each column. Quote cells that hold the delimiter.",
        NO_TABLE,
    ),
    Malformed("short.csv", b"q,a\n1\n", None, NO_TABLE),
    Malformed("quote.csv", b'q,a\n"abc,1\n', None, NO_TABLE),
    Malformed(
        "column-twice.csv",
        b"q,q\n1,2\n",
        "two columns named 'q'; expected a different name for each. Rename one of the two.",
        "q: 2 columns of that name; expected each column once",
    ),
    Malformed("no-name.csv", b"q,\n1,2\n", None, NO_IDS),
    Malformed("nul.csv", b"q,a\n1,\x00\n", None, BINARY),
    Malformed("no-header.csv", b"1,2\n3,4\n", None, NO_IDS),
    Malformed("one-word.csv", b"abc\n", "no rows; expected at least one row", NO_TABLE),
    Malformed(
        "half.parquet",
        _SOUND[: len(_SOUND) // 2],
        "a damaged file (Parquet magic bytes not found in footer",
        "Parquet magic bytes not found in footer",
    ),
    Malformed(
        "head.parquet",
        b"PAR1",
        "a damaged file (Parquet file size is 4 bytes",
        "Parquet file size is 4 bytes",
    ),
    Malformed(
        "tail.parquet",
        b"PAR1" + b"\0" * 100 + b"PAR1",
        "deserialize thrift",
        "deserialize thrift",
    ),
    Malformed(
        "column-twice.parquet",
        _parquet(_TWICE),
        "two columns named 'a'; expected a different name for each. Rename one of the two.",
        "a: 2 columns of that name; expected each column once",
    ),
    Malformed("no-rows.parquet", _parquet(_NO_ROWS), "no rows; expected", "no rows, only a header"),
    Malformed("prose.parquet", b"hello", NO_JSON, NO_TABLE),
    Malformed(
        "cut.jsonl.gz",
        gzip.compress(b'{"q": 1}\n' * 100)[:30],
        "a damaged gzip file (Compressed file ended before",
        "Compressed file ended before the end-of-stream marker was reached; expected a whole gzip",
    ),
    Malformed("prose.jsonl.gz", b"hello", NO_JSON, NO_TABLE),
    Malformed("rows.zip", _zip(), PACKED, "a zip that is no log of inspect_ai"),
    Malformed("zip.jsonl", _zip(), PACKED, "a zip that is no log of inspect_ai"),
    Malformed("sheet.xlsx", _zip(), PACKED, "a zip that is no log of inspect_ai"),
    Malformed("rows.pkl", b"\x80\x04K\x01.", PICKLE, NO_TABLE),
    Malformed("pickle.jsonl", b"\x80\x05K\x01.", PICKLE, NO_TABLE),
    Malformed(
        "pointer.jsonl",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "a Git LFS pointer, not the file; expected rows",
        "a Git LFS pointer, not the file; expected scores of single items. Run `git lfs pull`",
    ),
    Malformed(
        "page.jsonl",
        b"<!DOCTYPE html><html></html>",
        "a web page, not the file; expected rows as JSON, JSONL, CSV, TSV, Parquet or Arrow. "
        "Download the raw file.",
        NO_TABLE,
    ),
    Malformed("paper.jsonl", b"%PDF-1.4 x", "a PDF; expected rows", NO_TABLE),
    Malformed("prose.txt", b"only prose here.\n", "text that begins 'only prose here.'", NO_TABLE),
    Malformed(
        "packed.jsonl",
        b"\x28\xb5\x2f\xfd" + b"0" * 20,
        "a Zstandard file; expected rows as JSON, JSONL, CSV, TSV, Parquet or Arrow. Unpack it "
        "with unzstd, or pack it with gzip.",
        NO_TABLE,
    ),
    Malformed(
        "rows.db",
        b"SQLite format 3\x00" + b"\0" * 50,
        "an SQLite database; expected rows as JSON, JSONL, CSV, TSV, Parquet or Arrow. Export the "
        "table as CSV.",
        BINARY,
    ),
    Malformed(
        "rows.arrow",
        b"ARROW1\0\0" + b"\0" * 30,
        "a damaged file (Not an Arrow file); expected a whole arrow file",
        BINARY,
    ),
]
