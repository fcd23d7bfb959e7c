from pathlib import Path

import numpy as np
import pytest
from log_shapes import Shape, check, write
from log_shapes.harbor import SHAPES, trial

from eval_predict.data.readers import read


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_file_of_the_tool_is_read_or_refused_by_name(tmp_path, shape):
    check(tmp_path, shape)


def test_an_only_reward_counts_whatever_its_name_beside_a_trial_without_one(tmp_path: Path) -> None:
    named = {**trial("a", 0), "verifier_result": {"rewards": {"accuracy": 0.75}}}
    for task, record in (("a", named), ("b", trial("b", None)), ("c", trial("c", 1.0))):
        write(tmp_path, Shape(f"job/{task}/result.json", record))
    reading = read(tmp_path)
    assert reading.metric == "reward"
    np.testing.assert_allclose(reading.matrix.dense_MN(), [[0.75, 0, 1]])


def test_a_trial_that_is_in_two_files_counts_once(tmp_path: Path) -> None:
    trials = [
        {"task_id": task, "trial_name": f"{task}.{n}", "is_resolved": task == "a"}
        for task in "ab"
        for n in (1, 2)
    ]
    write(tmp_path, Shape("run/results.json", {"results": trials}))
    write(tmp_path, Shape("run/run_metadata.json", {"model_name": "org/m"}))
    for result in trials:
        folder = f"run/{result['task_id']}/{result['trial_name']}"
        write(tmp_path, Shape(f"{folder}/results.json", result))
    reading = read(tmp_path)
    assert (reading.models, reading.items) == (("org/m",), ("a", "b"))
    assert reading.repeats is not None
    assert reading.repeats.count_MN.tolist() == [[2, 2]]
    assert "4 trials are in two files: read once" in reading.notes
