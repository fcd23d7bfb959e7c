"""Prompts and scores come from a folder or from one file."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from eval_predict.bis.inputs import read_prompts, read_scored_prompts
from eval_predict.errors import UserError


def _jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_file_without_models_is_one_model(tmp_path):
    file = _jsonl(tmp_path / "s.jsonl", [{"prompt": "a", "score": 1}, {"prompt": "b", "score": 0}])
    prompts, matrix = read_scored_prompts(file)
    assert prompts.texts == ("a", "b")
    assert matrix.dense_MN().tolist() == [[1, 0]]


def test_a_row_a_model_and_an_item_gives_each_prompt_once(tmp_path):
    rows = [
        {"model": m, "item": i, "prompt": f"text {i}", "score": s, "loss": 0.5}
        for m, i, s in (("x", "1", 1), ("x", "2", None), ("y", "2", 0.25))
    ]
    prompts, matrix = read_scored_prompts(_jsonl(tmp_path / "s.jsonl", rows), ("loss",))
    assert prompts.items == ("1", "2")
    assert matrix.models == ("x", "y")
    np.testing.assert_array_equal(matrix.dense_MN(), [[1, np.nan], [np.nan, 0.25]])
    np.testing.assert_array_equal(prompts.more["loss"], [0.5, 0.5])


def test_a_folder_has_items_and_scores(tmp_path):
    items = pa.table({"item": ["1", "2"], "prompt": ["a", "b"]})
    scores = pa.table({"model": ["m", "m"], "item": ["2", "1"], "score": [0.0, 1.0]})
    parquet.write_table(items, tmp_path / "items.parquet")
    parquet.write_table(scores, tmp_path / "scores.parquet")
    prompts, matrix = read_scored_prompts(tmp_path)
    assert matrix.items == prompts.items == ("1", "2")
    assert read_prompts(tmp_path).texts == ("a", "b")


def test_faults_are_named(tmp_path):
    file = _jsonl(tmp_path / "s.jsonl", [{"promt": "a", "score": 1}])
    with pytest.raises(UserError, match='Did you mean "promt"'):
        read_prompts(file)
    twice = [{"item": "1", "prompt": "a", "score": 1}, {"item": "1", "prompt": "b", "score": 1}]
    with pytest.raises(UserError, match='two for item "1"'):
        read_prompts(_jsonl(tmp_path / "t.jsonl", twice))
    twice[1]["prompt"] = "a"
    with pytest.raises(UserError, match="twice"):
        read_scored_prompts(_jsonl(tmp_path / "u.jsonl", twice))
    with pytest.raises(UserError, match="no such file"):
        read_prompts(tmp_path / "none.csv")
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(UserError, match="suffix"):
        read_prompts(tmp_path / "a.txt")
