from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from eval_predict.data.matrix_builder import MatrixBuilder
from eval_predict.errors import UserError

FILE = Path("s.parquet")


def _batch(*rows: tuple[Any, Any, Any]) -> pa.RecordBatch:
    names = ("model", "item", "score")
    [batch] = pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows]
    ).to_batches()
    return batch


def _built(*batches: pa.RecordBatch) -> MatrixBuilder:
    builder = MatrixBuilder()
    for batch in batches:
        builder.add(FILE, batch)
    return builder


def test_batches_in_any_order_of_rows_make_one_matrix() -> None:
    """By hand: a has 1 on x and 0 on y, b has nothing on x, c comes last with a new item."""
    built = _built(
        _batch(("a", "y", 0), ("b", "y", 1)), _batch(("a", "x", 1)), _batch(("c", "z", 1))
    )
    matrix = built.matrix()
    assert (matrix.models, matrix.items) == (("a", "b", "c"), ("y", "x", "z"))
    nan = np.nan
    np.testing.assert_array_equal(matrix.dense_MN(), [[0, 1, nan], [1, nan, nan], [nan, nan, 1]])
    assert (built.rows, built.scored_rows, built.num_scores()) == (4, 4, 4)


def test_zeros_and_ones_take_a_byte_until_a_fraction_comes() -> None:
    whole = _batch(("a", "x", 1.0), ("a", "y", 0.0))
    assert _built(whole).matrix().stored_MN.dtype == np.uint8
    with_fraction = _built(whole, _batch(("b", "x", 0.5))).matrix()
    assert with_fraction.stored_MN.dtype == np.float32
    np.testing.assert_array_equal(with_fraction.dense_MN(), [[1, 0], [0.5, np.nan]])


def test_a_pair_that_comes_twice_shows_in_the_counts() -> None:
    built = _built(_batch(("a", "x", 1), ("a", "x", 0)), _batch(("a", "y", None)))
    assert (built.rows, built.scored_rows, built.num_scores()) == (3, 2, 1)


def test_items_take_a_given_order_and_one_with_scores_cannot_be_left_out() -> None:
    built = _built(_batch(("a", "x", 1), ("a", "y", 0)))
    np.testing.assert_array_equal(built.matrix(("y", "z", "x")).dense_MN(), [[0, np.nan, 1]])
    with pytest.raises(UserError, match=r'1 of 2 items with scores absent \(first: "y"\)'):
        _built(_batch(("a", "x", 1), ("a", "y", 0))).matrix(("x",), where=FILE)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            ("a", "1", float("inf")),
            'score: 1 infinite or larger than 3.4e+38 (first: model "a", item "1")',
        ),
        (("a", "", 1.0), "item: 1 of 2 rows are empty"),
        ((None, "1", 1.0), "model: 1 of 2 rows are empty"),
    ],
)
def test_bad_cells_are_named(row: tuple[Any, Any, Any], fault: str) -> None:
    with pytest.raises(UserError) as caught:
        _built(_batch(("b", "2", 0.0), row))
    assert fault in str(caught.value)
