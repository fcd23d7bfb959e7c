import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from eval_predict import SCORE_SCHEMA, UserError, read_scores

ROWS = [
    {"model": "007", "item": "1", "score": 1.0},
    {"model": "007", "item": "2", "score": 0.25},
    {"model": "m", "item": "1", "score": 0.0},
]


def _write(folder: Path, suffix: str, rows: list[dict[str, Any]]) -> Path:
    file = folder / f"scores{suffix}"
    if suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(rows), file)
    elif suffix == ".csv":
        csv.write_csv(pa.Table.from_pylist(rows), file)
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def _error(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_scores(path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(path))
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_formats_agree_and_other_columns_drop(tmp_path: Path, suffix: str) -> None:
    rows = [{"seed": 1, **dict(reversed(row.items()))} for row in ROWS]
    table = read_scores(_write(tmp_path, suffix, rows))
    assert table.schema == SCORE_SCHEMA
    assert table.to_pylist() == ROWS


def test_a_directory_is_read_by_its_scores_file(tmp_path: Path) -> None:
    folder = tmp_path / "model=other"
    folder.mkdir()
    _write(folder, ".parquet", ROWS)
    assert read_scores(str(folder)).to_pylist() == ROWS


def test_whole_numbers_and_booleans_become_names_and_scores(tmp_path: Path) -> None:
    file = _write(tmp_path, ".jsonl", [{"model": "a", "item": 7, "score": True}])
    assert read_scores(file).to_pylist() == [{"model": "a", "item": "7", "score": 1.0}]


def test_missing_file_and_unknown_suffix(tmp_path: Path) -> None:
    assert _error(tmp_path / "no.csv").startswith("no such file")
    text = tmp_path / "scores.txt"
    text.write_text("x")
    assert _error(text).startswith("text that is no table; expected a log of inspect_ai, ")
    (tmp_path / "empty").mkdir()
    assert "the folder holds no logs and no scores.parquet" in _error(tmp_path / "empty")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_missing_column_is_named_with_a_guess(tmp_path: Path, suffix: str) -> None:
    file = _write(tmp_path, suffix, [{"model": "a", "items": "1", "score": 1.0}])
    assert _error(file) == (
        "item: no such column (found: model, items, score); expected the columns model, item,"
        ' score, each once. Did you mean "items"? Rename it to "item".'
    )


def test_a_repeated_column_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("model,item,score,score\na,1,1,0\n")
    assert _error(file).startswith("score: repeated column")


def test_no_rows_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "scores.parquet"
    parquet.write_table(SCORE_SCHEMA.empty_table(), file)
    assert _error(file) == "no rows; expected one row a model and an item"


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_repeated_rows_are_counted(tmp_path: Path, suffix: str) -> None:
    file = _write(tmp_path, suffix, [*ROWS, ROWS[1]])
    assert _error(file).startswith('model, item: 1 pairs repeat (first: "007", "2")')


def test_a_score_that_is_nan_is_missing_and_an_infinite_one_refused(tmp_path: Path) -> None:
    more = {"model": "n", "item": "1", "score": float("nan")}
    assert read_scores(_write(tmp_path, ".parquet", [*ROWS, more])).to_pylist() == ROWS
    more["score"] = float("inf")
    line = _error(_write(tmp_path, ".parquet", [*ROWS, more]))
    assert line.startswith(
        'score: 1 infinite or larger than 3.4e+38 (first: model "n", item "1"); expected finite'
    )


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_an_empty_score_is_missing_and_an_empty_name_refused(tmp_path: Path, suffix: str) -> None:
    empty = _write(tmp_path, suffix, [ROWS[0], {**ROWS[1], "score": None}])
    assert read_scores(empty).to_pylist() == ROWS[:1]
    for column in ("model", "item"):
        file = _write(tmp_path, suffix, [ROWS[0], {**ROWS[1], column: None}])
        assert _error(file).startswith(f"{column}: 1 of 2 rows are empty")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_score_that_is_no_number_is_refused(tmp_path: Path, suffix: str) -> None:
    file = _write(tmp_path, suffix, [{**ROWS[0], "score": "good"}])
    assert "good" in _error(file)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_broken_file_is_one_line(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"scores{suffix}"
    file.write_bytes(b'{"model":\n\n,,"\xff')
    assert _error(file)


def test_the_rounds_of_a_run_are_its_models(tmp_path: Path) -> None:
    for number in (0, 2, 10):
        folder = tmp_path / f"round-{number}"
        folder.mkdir()
        rows = {"model": [f"run/round-{number}"], "item": ["0"], "score": [1.0], "text": ["x"]}
        parquet.write_table(pa.table(rows), folder / "test.parquet")
    models = read_scores(tmp_path)["model"].to_pylist()
    assert models == ["run/round-0", "run/round-2", "run/round-10"]
