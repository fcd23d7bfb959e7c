from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import eval_predict.data.tidy_files
from eval_predict import ScoreMatrix, UserError, read_matrix, write_matrix


def _error(path: Path, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        read_matrix(path, **options)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(path))
    return line


def _tidy(file: Path, rows: list[tuple[Any, Any, Any]]) -> Path:
    table = pa.Table.from_pylist(
        [{"model": model, "item": item, "score": score} for model, item, score in rows]
    )
    parquet.write_table(table, file)
    return file


def test_metadata_stands_in_the_order_of_the_items(tmp_path: Path) -> None:
    metadata = pa.table(
        {"item": ["00", "01"], "prompt": ["first?", "second?"], "topic": ["x", "y"]}
    )
    matrix = ScoreMatrix.from_array([[1, 0]], ["org/m0"], ["00", "01"], metadata)
    write_matrix(matrix, tmp_path / "folder")
    _tidy(tmp_path / "folder" / "scores.parquet", [("m", "01", 1.0), ("m", "00", 0.0)])
    matrix = read_matrix(tmp_path / "folder")
    assert matrix.metadata == metadata
    assert matrix.items == ("00", "01")
    np.testing.assert_array_equal(matrix.stored_MN, [[0, 1]])


def test_items_that_nobody_ran_come_from_the_items_file(tmp_path: Path) -> None:
    _tidy(tmp_path / "scores.parquet", [("m", "b", 1.0)])
    parquet.write_table(pa.table({"item": ["a", "b", "c"]}), tmp_path / "items.parquet")
    matrix = read_matrix(tmp_path)
    np.testing.assert_array_equal(matrix.missing_MN, [[True, False, True]])


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ({"item": ["a"]}, '1 of 2 items with scores absent (first: "b")'),
        ({"item": ["a", "b", "b"]}, "0 of 3 rows empty, 1 repeated"),
        ({"name": ["a"]}, "no such column (found: name)"),
    ],
)
def test_an_items_file_that_does_not_fit_is_refused(
    tmp_path: Path, items: dict[str, list[str]], fault: str
) -> None:
    _tidy(tmp_path / "scores.parquet", [("m", "a", 1.0), ("m", "b", 1.0)])
    parquet.write_table(pa.table(items), tmp_path / "items.parquet")
    with pytest.raises(UserError) as caught:
        read_matrix(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'items.parquet'}: item: {fault}")


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 100])
def test_repeated_rows_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_a_time: int
) -> None:
    monkeypatch.setattr(eval_predict.data.tidy_files, "_ROWS", rows_at_a_time)
    rows = [("a", "1", 1.0), ("a", "2", 0.0), ("a", "2", 1.0), ("b", "1", 0.0), ("b", "1", 0.0)]
    file = _tidy(tmp_path / "s.parquet", rows)
    assert _error(file) == (
        f'{file}: model, item: 2 pairs repeat (first: "a", "2"); expected one row a pair.'
        " Average or drop the repeats."
    )


def test_words_for_scores_and_empty_tables_are_refused(tmp_path: Path) -> None:
    assert "good" in _error(_tidy(tmp_path / "s.parquet", [("b", "2", "good")]))
    parquet.write_table(eval_predict.SCORE_SCHEMA.empty_table(), tmp_path / "s.parquet")
    assert "no rows" in _error(tmp_path / "s.parquet")
    with pytest.raises(UserError, match="no such file"):
        read_matrix(tmp_path / "none.csv")


def test_the_rounds_of_a_run_are_its_models(tmp_path: Path) -> None:
    for number in (0, 2, 10):
        folder = tmp_path / f"round-{number}"
        folder.mkdir()
        _tidy(folder / "test.parquet", [(f"run/round-{number}", "0", 1.0)])
    matrix = read_matrix(tmp_path)
    assert matrix.models == ("run/round-0", "run/round-2", "run/round-10")
    assert matrix.items == ("0",)
