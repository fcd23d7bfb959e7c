import re
from pathlib import Path

import pytest
from log_shapes import lm_sample
from log_shapes.lm_eval import write_lm_log

from eval_predict import UserError, read_matrix
from eval_predict.data.readers import ReadOptions, read


def test_the_first_metric_counts_unless_another_is_asked_for(tmp_path: Path) -> None:
    file = write_lm_log(tmp_path / "m", [lm_sample(0, acc=1.0, acc_norm=0.0, words=["a"])])
    reading = read(file)
    assert (reading.metric, reading.matrix.stored_MN.tolist()) == ("acc", [[1]])
    assert reading.choices == ("metric acc (also there: acc_norm; choose with --metric)",)
    assert read_matrix(file, "acc_norm").stored_MN.tolist() == [[0]]
    with pytest.raises(UserError, match=re.escape('metric: "acc_nrm"')):
        read_matrix(file, "acc_nrm")
    with pytest.raises(UserError, match=re.escape('Did you mean "acc_norm"?')):
        read_matrix(file, "acc_nrm")
    with pytest.raises(UserError, match=re.escape("words: a corpus metric")):
        read_matrix(file, "words")


def test_a_metric_may_be_asked_for_one_task_alone(tmp_path: Path) -> None:
    write_lm_log(tmp_path / "m", [lm_sample(0, acc=1.0, acc_norm=0.0)], "arc")
    write_lm_log(tmp_path / "m", [lm_sample(0, exact_match=1.0)], "gsm8k")
    reading = read(tmp_path, ReadOptions(metrics=("arc=acc_norm",)))
    assert reading.metric == "acc_norm (arc), exact_match (gsm8k)"
    assert reading.matrix.stored_MN.tolist() == [[0, 1]]
    assert read(tmp_path, ReadOptions(tasks=("gsm*",))).items == ("0",)
