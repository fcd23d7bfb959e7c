import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import eval_predict.data.tidy_files
from eval_predict import ScoreMatrix, UserError, read_matrix, read_scores, write_matrix

SUFFIXES = [".parquet", ".csv", ".jsonl", ""]


def _matrix(scores_MN: Any, **names: Any) -> ScoreMatrix:
    scores = np.asarray(scores_MN, float)
    models = [f"org/m{row}" for row in range(len(scores))]
    items = [f"0{column}" for column in range(scores.shape[1])]
    return ScoreMatrix.from_array(scores, models, items, **names)


def _assert_same(left: ScoreMatrix, right: ScoreMatrix) -> None:
    assert left.models == right.models
    assert left.items == right.items
    assert left.stored_MN.dtype == right.stored_MN.dtype
    np.testing.assert_array_equal(left.stored_MN, right.stored_MN)


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


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_what_is_written_is_read_again(
    tmp_path: Path, suffix: str, binary: bool, missing: float
) -> None:
    rng = np.random.default_rng(3)
    scores_MN = rng.random((7, 30))
    scores_MN = (scores_MN < 0.6).astype(float) if binary else scores_MN.round(2)
    gaps_MN = rng.random(scores_MN.shape) < missing
    gaps_MN[0] = False  # the first model shows the order of items
    scores_MN[gaps_MN] = np.nan
    matrix = _matrix(scores_MN)
    path = tmp_path / f"written{suffix}"
    write_matrix(matrix, path)
    _assert_same(read_matrix(path), matrix)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_model_and_an_item_without_scores_are_kept(tmp_path: Path, suffix: str) -> None:
    matrix = _matrix([[1, 0, np.nan], [np.nan, np.nan, np.nan], [1, 1, np.nan]])
    write_matrix(matrix, tmp_path / f"written{suffix}")
    _assert_same(read_matrix(tmp_path / f"written{suffix}"), matrix)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_read_scores_reads_what_is_written(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"written{suffix}"
    write_matrix(_matrix([[1, 0.25], [0, np.nan]]), file)
    assert read_scores(file)["score"].to_pylist() == [1, 0.25, 0]


def test_few_rows_at_a_time_make_the_same_matrix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    matrix = _matrix(rng.integers(0, 2, (40, 23)))
    cells = rng.permutation(40 * 23)
    names = [
        (matrix.models[cell // 23], matrix.items[cell % 23], float(matrix.stored_MN.flat[cell]))
        for cell in cells
    ]
    file = _tidy(tmp_path / "shuffled.parquet", names)
    whole = read_matrix(file)
    monkeypatch.setattr(eval_predict.data.tidy_files, "_ROWS", 17)
    _assert_same(read_matrix(file), whole)
    rows = [matrix.models.index(model) for model in whole.models]
    columns = [matrix.items.index(item) for item in whole.items]
    np.testing.assert_array_equal(whole.stored_MN, matrix.stored_MN[np.ix_(rows, columns)])


def test_names_keep_the_order_of_the_rows_and_not_of_a_dictionary(tmp_path: Path) -> None:
    names = pa.DictionaryArray.from_arrays(pa.array([2, 0]), pa.array(["a", "unused", "b"]))
    table = pa.table({"model": ["m", "m"], "item": names, "score": [1.0, 0.0]})
    parquet.write_table(table, tmp_path / "s.parquet")
    assert read_matrix(tmp_path / "s.parquet").items == ("b", "a")


def test_whole_numbers_and_booleans_become_names_and_scores(tmp_path: Path) -> None:
    matrix = read_matrix(_tidy(tmp_path / "s.parquet", [(1, 7, True), (2, 7, False)]))
    assert (matrix.models, matrix.items, matrix.is_binary) == (("1", "2"), ("7",), True)


def test_an_unknown_suffix_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'suffix "\.txt"'):
        write_matrix(_matrix([[1, 0]]), tmp_path / "s.txt")
    assert not list(tmp_path.iterdir())


def test_a_written_line_reads_as_it_was_given(tmp_path: Path) -> None:
    write_matrix(_matrix([[0.1, np.nan]]), tmp_path / "s.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    assert lines[0] == {"model": "org/m0", "item": "00", "score": 0.1}
