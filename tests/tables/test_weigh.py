import json

import pyarrow.parquet as pq
import pytest
from conftest import MODEL, ROOT, assert_fault, write_jsonl
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


def _weigh(tmp_path, out, *extra, validation=None, candidates=None):
    rows = [{"question": "1 + 1?", "answer": "1 + 1 = 2. The answer is 2."}]
    validation = validation or write_jsonl(tmp_path / "v.jsonl", rows)
    candidates = candidates or write_jsonl(tmp_path / "c.jsonl", CANDIDATES)
    return _iwsi(
        "weigh",
        "--model", MODEL,
        "--validation", validation,
        "--candidates", candidates,
        "--out", out,
        "--prompt", r"Question: {{ question }}\nAnswer:",
        *extra,
    )  # fmt: skip


def test_weighing_a_file_keeps_its_columns_and_adds_loss_and_weight(tmp_path):
    out = tmp_path / "w.parquet"
    result = json.loads(_weigh(tmp_path, out, "--json").stdout)
    table = pq.read_table(out)
    assert table.column_names == ["question", "answer", "source", "nll", "ds_weight"]
    for row in table.to_pylist():
        ratio = result["validation_nll"] / row["nll"]
        assert row["ds_weight"] == pytest.approx(max(ratio, 1 / ratio), rel=1e-4)


def test_weigh_gives_a_row_like_the_validation_rows_the_weight_one(tmp_path):
    rows = [{"question": "1 + 1?", "answer": "1 + 1 = 2. The answer is 2."}]
    same = write_jsonl(tmp_path / "same.jsonl", rows)
    out = tmp_path / "w.parquet"
    assert _weigh(tmp_path, out, candidates=same).exit_code == 0
    assert pq.read_table(out)["ds_weight"].to_pylist() == [1.0]


def test_weigh_refuses_a_file_without_its_columns(tmp_path):
    wrong = write_jsonl(tmp_path / "wrong.jsonl", [{"question": "q", "anwser": "a"}])
    out = tmp_path / "w.parquet"
    assert_fault(_weigh(tmp_path, out, candidates=wrong), "wrong.jsonl", "found: question, anwser")
    wrong = write_jsonl(tmp_path / "wrong.jsonl", [{"questoin": "q", "answer": "a"}])
    assert_fault(_weigh(tmp_path, out, validation=wrong), 'no column "question"', '"questoin"')
    assert not out.exists()


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"question": "q", "answer": None}, ["row 5, answer: nothing"]),
        ({"question": "q", "answer": "a", "ds_weight": 1.0}, ["ds_weight", "twice", "Rename"]),
    ],
)
def test_weigh_refuses_gaps_and_columns_it_would_write_over(tmp_path, change, parts):
    rows = write_jsonl(tmp_path / "rows.jsonl", [*CANDIDATES, change])
    assert_fault(_weigh(tmp_path, tmp_path / "w.parquet", candidates=rows), *parts)


def test_an_output_of_unknown_format_is_refused_before_the_work(tmp_path):
    assert_fault(_weigh(tmp_path, tmp_path / "w.xlsx"), "--out", ".parquet")
    source = write_jsonl(tmp_path / "c.jsonl", CANDIDATES)
    assert_fault(_iwsi("vote", source, "--out", tmp_path / "v.txt"), "--out", ".jsonl")


def test_a_model_that_is_not_there_is_refused_by_weigh(tmp_path):
    result = _weigh(tmp_path, tmp_path / "w.parquet", "--model", "/nowhere/model")
    assert_fault(result, "model.name: /nowhere/model: no such folder")
