import json

import pyarrow.parquet as pq
import pytest
from conftest import ROOT, assert_fault, write_jsonl
from typer.testing import CliRunner

from iwsi.cli import app

RECIPE = str(ROOT / "recipes" / "tiny_arith.yaml")


def _iwsi(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


CANDIDATES = [
    {"question": "1 + 1?", "answer": "It is 2. The answer is 2.", "source": "a"},
    {"question": "1 + 1?", "answer": "The answer is 2.", "source": "b"},
    {"question": "1 + 1?", "answer": "The answer is 3.", "source": "c"},
    {"question": "2 + 2?", "answer": "I do not know.", "source": "d"},
]


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".csv"])
def test_vote_over_a_file_keeps_its_columns_and_adds_the_verdict(tmp_path, suffix):
    source = write_jsonl(tmp_path / "c.jsonl", CANDIDATES)
    out = tmp_path / f"votes{suffix}"
    result = json.loads(_iwsi("vote", source, "--out", out, "--json").stdout)
    assert result == {"candidates": 4, "answered": 3, "majority": 2, "out": str(out)}
    if suffix == ".parquet":
        rows = pq.read_table(out).to_pylist()
        assert [row["source"] for row in rows] == ["a", "b", "c", "d"]
        assert [row["extracted"] for row in rows] == ["2", "2", "3", None]
        assert [row["reason"] for row in rows] == [None, None, "minority_answer", "no_answer"]


def test_vote_takes_bare_numbers_from_a_csv(tmp_path):
    (tmp_path / "c.csv").write_text("question,answer\n1,5\n1,5\n1,7\n")
    result = _iwsi("vote", tmp_path / "c.csv", "--out", tmp_path / "v.csv", "--json")
    summary = json.loads(result.stdout)
    assert (summary["candidates"], summary["majority"]) == (3, 2)


def test_vote_reads_our_own_samples_and_leaves_out_what_was_cut_off(tmp_path):
    rows = [
        {"question_id": "0", "text": "So 5.", "finish_reason": "length"},
        {"question_id": "0", "text": "So 5.", "finish_reason": "length"},
        {"question_id": "0", "text": "So 7.", "finish_reason": "stop"},
    ]
    source = write_jsonl(tmp_path / "c.jsonl", rows)
    _iwsi("vote", source, "--out", tmp_path / "v.parquet")
    assert pq.read_table(tmp_path / "v.parquet")["majority"].to_pylist() == ["7"] * 3


def test_an_input_is_never_written_over_and_no_folder_is_made(tmp_path):
    source = write_jsonl(tmp_path / "c.jsonl", CANDIDATES)
    assert_fault(_iwsi("vote", source, "--out", source), "--out", "which is read")
    assert_fault(_iwsi("vote", source, "--out", tmp_path / "no" / "v.csv"), "--out", "no folder")


def test_an_empty_file_of_candidates_is_refused(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    result = _iwsi("vote", tmp_path / "empty.jsonl", "--out", tmp_path / "v.jsonl")
    assert_fault(result, "empty.jsonl")
