"""Rows shared by a pool that works in this process, part after part, the last one first."""

import numpy as np
import pyarrow as pa
import pytest

from iwsi.pool.pool import Pool
from iwsi.scoring.measuring import LEAST_ROWS, MeasuringService, measured

ROWS = 3 * LEAST_ROWS
QUESTIONS = [row % 50 for row in range(ROWS)]  # the rows of each lie far from each other


class _Squares(MeasuringService):
    """The square of each row's number, or a vector of it and one more."""

    def __init__(self):
        self.parts = []

    def measure(self, part, *, width):
        numbers_M = part["number"].to_numpy()
        self.parts.append(numbers_M.tolist())
        if not width:
            return numbers_M.astype(np.float64) ** 2
        return np.stack([numbers_M**2, numbers_M], axis=1).astype(np.float32)


class _Backwards(Pool):
    size = 2

    def __init__(self, service):
        self._service = service

    def run(self, parts, **request):
        yield from self._service(parts[::-1], **request)


def _part_of(rows):
    return pa.table({"number": rows})


@pytest.mark.parametrize("width", [0, 2])
def test_values_come_back_in_the_order_of_the_rows_whatever_part_is_done_first(width):
    seen = []
    pool = _Backwards(_Squares())
    found = measured(pool, QUESTIONS, _part_of, seen.append, width=width)
    numbers = np.arange(ROWS)
    expected = np.stack([numbers**2, numbers], axis=1) if width else numbers**2
    assert found.dtype == (np.float32 if width else np.float64)
    np.testing.assert_array_equal(found, expected)
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == ROWS


def test_rows_of_one_question_are_measured_together():
    service = _Squares()
    measured(_Backwards(service), QUESTIONS, _part_of, lambda done: None, width=0)
    assert sorted(row for part in service.parts for row in part) == list(range(ROWS))
    for part in service.parts:
        elsewhere = set(range(ROWS)) - set(part)
        assert not {QUESTIONS[row] for row in part} & {QUESTIONS[row] for row in elsewhere}


def test_no_rows_have_no_values():
    found = measured(_Backwards(_Squares()), [], _part_of, lambda done: None, width=0)
    assert found.shape == (0,)


def test_a_row_that_no_process_answers_has_no_number():
    class Forgetful(_Backwards):
        def run(self, parts, **request):
            yield from self._service(parts[1:], **request)

    service = _Squares()
    found = measured(Forgetful(service), QUESTIONS, _part_of, lambda done: None, width=0)
    answered = sorted(row for part in service.parts for row in part)
    assert np.flatnonzero(np.isfinite(found)).tolist() == answered
    assert len(answered) < ROWS
