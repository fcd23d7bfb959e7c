"""Numbers that a model gives to rows, shared by the processes of a pool: the same as from one."""

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iwsi.pool.pool import Pool, Service, rows_per_part

Array = npt.NDArray[Any]

# Rows of a part: the least that batches of like length can be made of, and the most.
LEAST_ROWS, MOST_ROWS = 64, 2048

_ROW, _VALUE = "row", "value"


class MeasuringService(Service):
    """Answers each row of a part with its place among all rows, and its number or vector."""

    def __call__(self, parts: Iterable[pa.Table], **request: Any) -> Iterator[pa.Table]:
        """Yield a table for each part."""
        for part in parts:
            yield pa.table({_ROW: part[_ROW], _VALUE: _column(self.measure(part, **request))})

    @abstractmethod
    def measure(self, part: pa.Table, **request: Any) -> Array:
        """The numbers of M rows, shape (M,), or their vectors, shape (M, D)."""


def measured(
    pool: Pool,
    questions: Sequence[Hashable],
    part_of: Callable[[list[int]], pa.Table],
    progress: Callable[[int], None],
    **request: Any,
) -> Array:
    """What the processes of a pool of MeasuringService give for N rows, in the rows' order.

    Args:
        pool: The processes.
        questions: Of each row; those of one question are measured together, to share its prompt.
        part_of: The table of some rows, as the service takes it.
        progress: Called with how many rows are done.
        request: What the service's `measure` gets beside a part.

    Returns:
        Shape (N,) or (N, D).
    """
    parts = [
        part_of(rows).append_column(_ROW, pa.array(rows, pa.int64()))
        for rows in _whole_questions(questions, pool.size)
    ]
    found: Array | None = None
    done = 0
    for answers in pool.run(parts, **request):
        values = _values(answers[_VALUE])
        if found is None:
            found = np.full((len(questions), *values.shape[1:]), np.nan, values.dtype)
        found[answers[_ROW].to_numpy()] = values
        done += len(values)
        progress(done)
    return np.full(len(questions), np.nan) if found is None else found


def _whole_questions(questions: Sequence[Hashable], processes: int) -> list[list[int]]:
    """The rows of each part."""
    rows_of: dict[Hashable, list[int]] = {}
    for row, question in enumerate(questions):
        rows_of.setdefault(question, []).append(row)
    size = rows_per_part(len(questions), processes, least=LEAST_ROWS, most=MOST_ROWS)
    parts: list[list[int]] = [[]]
    for rows in rows_of.values():
        if len(parts[-1]) >= size:
            parts.append([])
        parts[-1] += rows
    return [rows for rows in parts if rows]


def _column(values: Array) -> pa.Array:
    """Numbers of shape (M,), or vectors of shape (M, D), as a column of M rows."""
    if values.ndim == 1:
        return pa.array(values)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def _values(column: pa.ChunkedArray) -> Array:
    """The inverse of `_column`."""
    values = column.combine_chunks()
    if not pa.types.is_fixed_size_list(values.type):
        return np.asarray(values.to_numpy())
    return np.asarray(values.flatten().to_numpy()).reshape(-1, values.type.list_size)
