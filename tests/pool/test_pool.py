import pytest

from iwsi.pool.pool import rows_per_part


@pytest.mark.parametrize(
    ("rows", "workers", "found"),
    [
        (1000, 2, 120),  # 1000 / (4 * 2) = 125, of which 120 is a multiple of 10
        (5, 2, 10),  # never less than the least
        (10**6, 2, 500),  # never more than about the most
    ],
)
def test_each_worker_gets_a_few_parts_of_whole_groups(rows, workers, found):
    assert rows_per_part(rows, workers, least=10, most=500) == found
