from pathlib import Path

import pytest
from log_shapes import Shape, check, write
from log_shapes.helm import SHAPES, helm

from eval_predict.data.readers import read


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_file_of_the_tool_is_read_or_refused_by_name(tmp_path, shape):
    check(tmp_path, shape)


def test_each_task_takes_the_metric_that_its_kind_prefers(tmp_path: Path) -> None:
    for name, method, scores in (
        ("mmlu", "multiple_choice_joint", {"exact_match": 1.0, "f1_score": 0.0}),
        ("narrative_qa", "generation", {"exact_match": 0.0, "f1_score": 0.5}),
    ):
        spec = {
            "name": f"{name}:model=m",
            "scenario_spec": {},
            "adapter_spec": {"method": method, "model": "m"},
        }
        write(tmp_path, Shape(f"{name}/per_instance_stats.json", [helm("id1", "test", **scores)]))
        write(tmp_path, Shape(f"{name}/run_spec.json", spec))
    reading = read(tmp_path)
    assert reading.metric == "exact_match (mmlu), f1_score (narrative_qa)"
    assert reading.matrix.dense_MN().tolist() == [[1, 0.5]]
