"""`iwsi vote` and its like over files as people have them."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import assert_fault, write_jsonl
from typer.testing import CliRunner

from iwsi.cli import app
from iwsi.tables.vote import was_cut


def _vote(source, out, *more):
    return CliRunner().invoke(app, ["vote", str(source), "--out", str(out), "--json", *more])


def test_ids_of_a_csv_that_are_alike_are_different_questions(tmp_path):
    ids = ["001", "1", "01", "1e5", "100000", "12345678901234567890", "12345678901234567891"]
    lines = "".join(f"{name},The answer is {i}.\n" for i, name in enumerate(ids))
    (tmp_path / "c.csv").write_text("question_id,answer\n" + lines)
    assert _vote(tmp_path / "c.csv", tmp_path / "v.parquet").exit_code == 0
    votes = pq.read_table(tmp_path / "v.parquet")
    assert votes["question_id"].to_pylist() == ids
    assert votes["majority"].to_pylist() == [str(i) for i in range(len(ids))]


@pytest.mark.parametrize(
    ("reason", "cut"),
    [
        ("length", True),
        ("LENGTH", True),
        ("max_tokens", True),
        ("FinishReason.LENGTH", True),
        ("FinishReason.MAX_TOKENS", True),
        ("stop", False),
        ("end_turn", False),
        (None, False),
    ],
)
def test_an_answer_that_reached_its_limit_is_cut_whoever_says_so(reason, cut):
    assert was_cut(pa.chunked_array([pa.array([reason], pa.string())])).tolist() == [cut]


def test_a_gap_among_finish_reasons_is_no_cut(tmp_path):
    rows = [
        {"question": "q", "answer": "The answer is 3.", "finish_reason": reason}
        for reason in (None, "stop", "MAX_TOKENS")
    ]
    result = json.loads(_vote(write_jsonl(tmp_path / "c.jsonl", rows), tmp_path / "v.csv").stdout)
    assert (result["candidates"], result["majority"]) == (3, 2)


def test_nested_columns_are_written_to_csv_as_json(tmp_path):
    rows = [{"question": "q", "answer": "4", "meta": {"tags": ["é", 1]}, "raw": [1, 2]}]
    pq.write_table(
        pa.Table.from_pylist([{**rows[0], "meta": {"tag": "é"}}]), tmp_path / "c.parquet"
    )
    assert _vote(tmp_path / "c.parquet", tmp_path / "v.csv").exit_code == 0
    [row] = csv.DictReader((tmp_path / "v.csv").open(encoding="utf-8"))
    assert json.loads(row["meta"]) == {"tag": "é"}
    assert json.loads(row["raw"]) == [1, 2]


def test_types_that_mix_in_an_unused_column_do_not_matter(tmp_path):
    rows = [{"question": "q", "answer": "4", "note": note} for note in (1, "one", None, [1])]
    assert _vote(write_jsonl(tmp_path / "c.jsonl", rows), tmp_path / "v.jsonl").exit_code == 0


@pytest.mark.parametrize(
    ("name", "data", "parts"),
    [
        (
            "c.jsonl",
            '{"question": "Grün", "answer": "1"}\n'.encode("latin-1"),
            ["UTF-8", "--encoding"],
        ),
        ("c.csv", b"question,answer,question\na,1,b\n", ["two columns named 'question'"]),
        (
            "c.json",
            b'{"examples": [{"question": "q", "answer": "1"}]}',
            ["under 'examples'", "Set --records examples."],
        ),
    ],
)
def test_a_file_that_is_not_read_is_one_line(tmp_path, name, data, parts):
    (tmp_path / name).write_bytes(data)
    assert_fault(_vote(tmp_path / name, tmp_path / "v.csv"), name, *parts)


@pytest.mark.parametrize(
    ("name", "data", "options"),
    [
        ("c.csv", "question,answer\nGrün?,1\n".encode("latin-1"), ["--encoding", "latin-1"]),
        ("c.json", b'{"rows": [{"question": "q", "answer": 1}]}', ["--records", "rows"]),
        ("c.tsv", b"q\t1\n", ["--columns", "question,answer"]),
    ],
)
def test_options_say_how_a_file_is_read(tmp_path, name, data, options):
    (tmp_path / name).write_bytes(data)
    result = _vote(tmp_path / name, tmp_path / "v.csv", *options)
    assert json.loads(result.stdout)["answered"] == 1


def test_a_vote_over_labels_takes_their_list(tmp_path):
    texts = ["The answer is Neutral.", "So it is neutral.", "The answer is contradiction."]
    write_jsonl(tmp_path / "c.jsonl", [{"question": "q", "answer": text} for text in texts])
    for number, labels in enumerate(["label:contradiction,neutral", "contradiction, neutral"]):
        out = tmp_path / f"v{number}.parquet"
        assert _vote(tmp_path / "c.jsonl", out, "--answer", labels).exit_code == 0
        assert pq.read_table(out)["majority"].to_pylist() == ["neutral"] * 3
