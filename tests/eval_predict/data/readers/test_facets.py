import re
from pathlib import Path

import pytest
from log_shapes import Shape, lm_sample, write
from log_shapes.inspect_ai import inspect_log, inspect_sample
from log_shapes.lm_eval import write_lm_log

from eval_predict import UserError, read_matrix
from eval_predict.data.readers import ReadOptions, read


def test_an_epoch_and_a_judge_can_be_chosen(tmp_path: Path) -> None:
    samples = [inspect_sample("a", 1, match="C"), inspect_sample("a", 2, match="I")]
    file = write(tmp_path, Shape("run.json", inspect_log(samples)))
    assert read(file, ReadOptions(epoch="2")).matrix.mean_M.tolist() == [0]
    with pytest.raises(UserError, match='epoch: "3"; expected one of 1, 2'):
        read(file, ReadOptions(epoch="3"))
    rows = [
        {"instruction": "i", "generator_2": "m", "annotator": judge, "preference": preference}
        for judge, preference in (("x", 1), ("y", 2))
    ]
    file = write(tmp_path, Shape("annotations.json", rows))
    assert read(file).matrix.mean_M.tolist() == [0]
    assert "judge x (also there: y; choose with --judge)" in read(file).choices
    assert read(file, ReadOptions(judge="y")).matrix.mean_M.tolist() == [1]


def test_the_first_filter_counts_unless_another_is_asked_for(tmp_path: Path) -> None:
    records = [
        lm_sample(doc, filter=name, exact_match=float(name == "flexible-extract"))
        for name in ("strict-match", "flexible-extract")
        for doc in range(3)
    ]
    file = write_lm_log(tmp_path / "m", records)
    reading = read(file)
    assert reading.matrix.stored_MN.tolist() == [[0, 0, 0]]
    assert reading.choices == (
        "filter strict-match (also there: flexible-extract; choose with --filter)",
    )
    assert read_matrix(file, "exact_match,flexible-extract").stored_MN.tolist() == [[1, 1, 1]]
    assert read(file, ReadOptions(filter="flexible-extract")).matrix.mean_M.tolist() == [1]
    with pytest.raises(
        UserError, match=re.escape("exact_match,strict-match, exact_match,flexible-extract")
    ):
        read_matrix(file, "exact,none")
