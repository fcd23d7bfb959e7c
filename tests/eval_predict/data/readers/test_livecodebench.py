from pathlib import Path

import pytest
from log_shapes import check, write
from log_shapes.livecodebench import SHAPES

from eval_predict.data.readers import read


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_file_of_the_tool_is_read_or_refused_by_name(tmp_path, shape):
    check(tmp_path, shape)


def test_a_summary_beside_the_whole_results_is_not_read_again(tmp_path: Path) -> None:
    for shape in SHAPES:
        if shape.name.startswith("O1/"):
            write(tmp_path, shape)
    assert read(tmp_path).items == ("a", "b")
