import json

import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.score_files import write_matrix
from eval_predict.errors import UserError
from iwsi.evaluation.history import align, read_history, refuse_itself

ITEMS = [str(row) for row in (7, 2, 9, 4)]


def _write(path, models, items, scores):
    write_matrix(ScoreMatrix.from_array(np.array(scores, float), models, items), path)
    return path


def test_items_are_matched_by_name_and_stand_in_the_benchmarks_order(tmp_path):
    file = _write(tmp_path / "h.parquet", ["a"], ["4", "2", "9", "7"], [[1, 0, 1, 0]])
    history = read_history([file], ITEMS).matrix
    assert list(history.items) == ITEMS
    assert history.dense_MN().tolist() == [[0, 0, 1, 1]]


def test_what_a_history_lacks_is_missing_and_what_is_strange_is_left_out(tmp_path):
    file = _write(tmp_path / "h.parquet", ["a"], ["7", "2", "100"], [[1, 0, 1]])
    [row] = read_history([file], ITEMS).matrix.dense_MN().tolist()
    assert row[:2] == [1, 0]
    assert np.isnan(row[2:]).all()


def test_less_than_half_of_the_items_is_refused_and_counted(tmp_path):
    file = _write(tmp_path / "h.parquet", ["a"], ["7", "100", "101"], [[1, 0, 1]])
    with pytest.raises(UserError) as refused:
        read_history([file], ITEMS)
    line = str(refused.value)
    assert "1 of the 4 test items" in line
    assert 'it lacks "2", "9", "4"' in line
    assert "h.parquet" in line


def test_a_model_without_any_of_the_items_is_dropped(tmp_path):
    scores = [[1, 0, np.nan], [np.nan, np.nan, 1]]
    file = _write(tmp_path / "h.parquet", ["a", "b"], ["7", "2", "100"], scores)
    assert read_history([file], ITEMS).matrix.models == ("a",)


def test_equal_names_in_two_files_stay_two_models(tmp_path):
    files = [
        _write(tmp_path / name, ["a"], ITEMS, [[1, 0, 1, value]])
        for name, value in (("h1.parquet", 0), ("h2.parquet", 1))
    ]
    history = read_history(files, ITEMS).matrix
    assert len(set(history.models)) == 2
    assert history.dense_MN()[:, 3].tolist() == [0, 1]


def test_harness_logs_are_a_history_by_document_number(tmp_path):
    folder = tmp_path / "logs" / "some__model"
    folder.mkdir(parents=True)
    lines = [
        {"doc_id": int(item), "doc": {}, "target": "1", "acc": float(item == "9"), "filter": "none"}
        for item in ITEMS
    ]
    log = folder / "samples_gsm_2026-01-01T00-00-00.jsonl"
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    history = read_history([tmp_path / "logs"], ITEMS)
    assert history.matrix.dense_MN().tolist() == [[0, 0, 1, 0]]
    [note] = history.notes
    assert note.startswith(f"history {tmp_path / 'logs'}: 1 model × 4 items, none missing, acc (")


def test_which_metric_of_several_was_taken_is_stated(tmp_path):
    log = tmp_path / "some__model" / "samples_gsm_2026-01-01T00-00-00.jsonl"
    log.parent.mkdir()
    lines = [
        {"doc_id": int(item), "doc": {}, "target": "1", "acc": 1.0, "acc_norm": 0.0}
        for item in ITEMS
    ]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    [note] = read_history([log], ITEMS).notes
    assert "metric acc (also there: acc_norm" in note


def test_an_earlier_run_is_a_history_and_the_run_itself_is_not(tmp_path):
    earlier = tmp_path / "earlier" / "round-0"
    earlier.mkdir(parents=True)
    _write(earlier / "test.parquet", ["earlier/round-0"], ITEMS, [[1, 1, 0, 0]])
    assert read_history([earlier.parent], ITEMS).matrix.models == ("earlier/round-0",)
    with pytest.raises(UserError, match="the run itself"):
        refuse_itself([earlier.parent], earlier.parent)


def test_aligning_twice_changes_nothing():
    rng = np.random.default_rng(0)
    matrix = ScoreMatrix.from_array(rng.integers(0, 2, (3, 4)).astype(float), list("abc"), ITEMS)
    once = align(matrix, ITEMS[::-1])
    assert (align(once, ITEMS[::-1]).dense_MN() == once.dense_MN()).all()
    assert (once.dense_MN()[:, ::-1] == matrix.dense_MN()).all()
