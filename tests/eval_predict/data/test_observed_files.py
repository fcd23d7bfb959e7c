import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from eval_predict import ScoreMatrix, UserError, read_observed

MATRIX = ScoreMatrix.from_array(np.zeros((3, 4)), items=["00", "01", "02", "03"])


def _write(folder: Path, suffix: str, rows: list[dict[str, Any]]) -> Path:
    file = folder / f"observed{suffix}"
    if suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(rows), file)
    elif suffix == ".csv":
        csv.write_csv(pa.Table.from_pylist(rows), file)
    elif suffix == ".json":
        file.write_text(json.dumps({"design": "x", "items": rows}))
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def _error(path: Path, model: str | None = None) -> str:
    with pytest.raises(UserError) as caught:
        read_observed(path, MATRIX, model)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(path))
    return line


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_formats_agree_and_stages_come_in_order(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"item": "02", "score": 0.5, "probability": 0.25, "stage": 1},
        {"item": "00", "score": 1.0, "probability": None, "stage": 0},
        {"item": "03", "score": 0.0, "probability": 0.5, "stage": 0},
    ]
    observed, warnings = read_observed(_write(tmp_path, suffix, rows), MATRIX)
    assert observed.items_Tn.tolist() == [[0, 3, 2]]
    assert observed.scores_Tn.tolist() == [[1, 0, 0.5]]
    np.testing.assert_array_equal(observed.probability_Tn, [[math.nan, 0.5, 0.25]])
    assert observed.stage_n.tolist() == [0, 0, 1]
    assert warnings == ()


def test_without_probabilities_an_even_draw_is_assumed_and_stated(tmp_path: Path) -> None:
    file = _write(tmp_path, ".jsonl", [{"item": "02", "score": True, "stage": 3}])
    observed, warnings = read_observed(file, MATRIX)
    assert observed.probability_Tn.tolist() == [[0.25]]
    assert observed.stage_n.tolist() == [0]
    assert warnings == ("no inclusion probabilities given: taken as an even random draw",)


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    first = _write(tmp_path, ".json", [{"item": "02", "score": 1, "probability": 0.25}])
    second = _write(
        tmp_path, ".jsonl", [{"item": "01", "score": 0, "probability": 0.5, "stage": 1}]
    )
    observed = read_observed([second, first], MATRIX).observed
    assert observed.items_Tn.tolist() == [[2, 1]]


def test_one_models_rows_are_taken(tmp_path: Path) -> None:
    rows = [
        {"model": "a", "item": "01", "score": 1.0},
        {"model": "b", "item": "01", "score": 0.0},
    ]
    file = _write(tmp_path, ".csv", rows)
    assert read_observed(file, MATRIX, "b").observed.scores_Tn.tolist() == [[0]]
    assert "model: 2 models; expected one of a, b. Name one (option --model)" in _error(file)
    assert 'no rows of "c"' in _error(file, "c")
    alone = _write(tmp_path, ".jsonl", rows[:1])
    assert read_observed(alone, MATRIX).observed.scores_Tn.tolist() == [[1]]


def test_unknown_items_are_named_and_counted(tmp_path: Path) -> None:
    rows = [{"item": item, "score": 1} for item in ("00", "0x", "zz")]
    assert 'item: 2 of 3 unknown: "0x", "zz"' in _error(_write(tmp_path, ".jsonl", rows))


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([], "no rows"),
        ([{"item": "00", "scores": 1}], "score: no such column (found: item, scores)"),
        ([{"item": "00", "probability": 0.5}], "Run the items and add a column score."),
        (
            [{"item": "00", "score": 1}, {"item": "00", "score": 0}],
            '1 items repeat (first: "00", 2',
        ),
        ([{"item": "00", "score": None}], "score: 1 of 1 not finite (first: None"),
        ([{"item": "00", "score": math.nan}], "score: 1 of 1 not finite (first: nan"),
        ([{"item": "00", "score": "good"}], "score: 1 of 1 not finite (first: good"),
        ([{"item": None, "score": 1}], "item: None"),
        ([{"item": "00", "score": 1, "probability": 0}], "probability: 0 for item"),
        ([{"item": "00", "score": 1, "probability": 1.5}], "probability: 1.5 for item"),
        ([{"item": "00", "score": 1, "probability": 1, "stage": -1}], "stage: -1 for item"),
        ([{"item": "00", "score": 1, "probability": 1, "stage": "a"}], "stage: a for item"),
        ([1], "no "),
    ],
)
def test_bad_rows_are_one_line(tmp_path: Path, rows: list[Any], fault: str) -> None:
    for suffix in (".jsonl", ".json"):
        assert fault in _error(_write(tmp_path, suffix, rows))


def test_unreadable_files_are_one_line(tmp_path: Path) -> None:
    assert "no such file" in _error(tmp_path / "none.jsonl")
    for suffix in (".jsonl", ".json", ".csv", ".parquet"):
        file = tmp_path / f"broken{suffix}"
        file.write_bytes(b'{"item":\n\n,,"\xff')
        assert _error(file)
    (tmp_path / "s.txt").write_text("")
    assert "no " in _error(tmp_path / "s.txt")
