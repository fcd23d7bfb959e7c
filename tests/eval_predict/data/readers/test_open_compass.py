import pytest
from log_shapes import check
from log_shapes.open_compass import SHAPES


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_file_of_the_tool_is_read_or_refused_by_name(tmp_path, shape):
    check(tmp_path, shape)
