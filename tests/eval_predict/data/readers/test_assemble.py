from pathlib import Path

import numpy as np
import pytest
from log_shapes import lm_sample
from log_shapes.lm_eval import write_lm_log

from eval_predict import UserError, read_matrix
from eval_predict.data.readers import ReadOptions, read


def test_several_tasks_name_their_items_and_the_latest_log_counts(tmp_path: Path) -> None:
    write_lm_log(tmp_path / "m", [lm_sample(0, acc=0.0)], "mmlu_law")
    write_lm_log(tmp_path / "m", [lm_sample(0, acc=1.0)], "mmlu_law", "2026-03-03T00-00-00.0")
    write_lm_log(tmp_path / "m", [lm_sample(0, acc=0.0), lm_sample(1, acc=1.0)], "mmlu_art")
    write_lm_log(tmp_path / "n", [lm_sample(0, acc=1.0)], "mmlu_art")
    matrix = read_matrix(tmp_path)
    assert matrix.items == ("mmlu_art/0", "mmlu_art/1", "mmlu_law/0")
    np.testing.assert_array_equal(matrix.dense_MN(), [[0, 1, 1], [1, np.nan, np.nan]])


def test_a_document_that_occurs_twice_has_two_samples(tmp_path: Path) -> None:
    reading = read(write_lm_log(tmp_path / "m", [lm_sample(0, acc=1.0), lm_sample(0, acc=0.0)]))
    assert reading.matrix.dense_MN().tolist() == [[0.5]]
    assert reading.repeats is not None
    assert reading.repeats.count_MN.tolist() == [[2]]
    assert reading.repeats.variance_MN.tolist() == [[0.5]]


def test_a_metric_that_a_document_lacks_is_missing(tmp_path: Path) -> None:
    records = [lm_sample(0, acc=1.0), lm_sample(1, acc=float("nan")), lm_sample(2)]
    matrix = read_matrix(write_lm_log(tmp_path / "m", records))
    np.testing.assert_array_equal(matrix.dense_MN(), [[1, np.nan, np.nan]])


def test_another_document_under_the_same_number_is_refused(tmp_path: Path) -> None:
    write_lm_log(tmp_path / "a", [lm_sample(0, acc=1.0)])
    write_lm_log(tmp_path / "b", [{**lm_sample(0, acc=1.0), "doc_hash": "other"}])
    with pytest.raises(UserError, match='document "0" of "b" is another one than for "a"'):
        read(tmp_path)
    assert read(tmp_path, ReadOptions(match="id")).matrix.shape == (2, 1)
