"""Damaged files: read or refused in one line, quickly, and never an internal error."""

import gzip
import io
import json
import random
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eval_predict.errors import UserError
from iwsi.tasks.rows import Source, read_rows, read_table

ROWS = [{"question": f"Grün {i}?", "answer": i, "steps": [i, str(i)]} for i in range(8)]
NASTY = [b'"', b"\n", b",", b"\0", b"{", b"\xff", b"\xef\xbb\xbf", b";", b"null", b"1e999", b"NaN",
         b"\\ud800", b"9" * 5000, b"[[" * 500]  # fmt: skip


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"q": ["a", None], "n": [1, 2], "l": [[1], []]}), sink)
    return sink.getvalue()


SOUND = {
    "rows.jsonl": "\n".join(json.dumps(row) for row in ROWS).encode(),
    "rows.json": json.dumps(ROWS, indent=1, ensure_ascii=False).encode(),
    "rows.csv": b'q,a\n"x, y",1\nz,2\n',
    "rows.tsv": b'q\ta\n" x\t1\nz\t2\n',
    "rows.csv.gz": gzip.compress(b"q,a\nx,1\ny,2\n"),
    "rows.parquet": _parquet(),
}


def _damaged(rng: random.Random, data: bytes) -> bytes:
    for _ in range(rng.choice([1, 2, 8])):
        place = rng.randrange(len(data) + 1)
        match rng.randrange(4):
            case 0:
                data = data[:place] + rng.choice(NASTY) + data[place:]
            case 1:
                data = data[:place] + data[place + rng.randrange(1, 60) :]
            case 2:
                data = data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]
            case _:
                data = data[:place]
    return data


@pytest.mark.parametrize("name", SOUND)
def test_a_damaged_file_is_read_or_refused(tmp_path, name):
    rng = random.Random(name)
    path = tmp_path / name
    for _ in range(120):
        path.write_bytes(_damaged(rng, SOUND[name]))
        source = Source(path, "task.test", rng.choice([None, None, "*", "question"]))
        for read in (read_rows, read_table):
            begin = time.perf_counter()
            try:
                read(source)
            except UserError as error:
                message = str(error)
                assert "\n" not in message  # a refusal is as good as a reading
            assert time.perf_counter() - begin < 1


def test_half_a_surrogate_pair_becomes_a_replacement_mark(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"q": "a\\ud800b"}\n{"q": "\\ud83d\\ude00"}\n')
    assert [row["q"] for row in read_rows(Source(tmp_path / "a.jsonl"))] == ["a\ufffdb", "😀"]
