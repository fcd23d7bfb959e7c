import numpy as np
import pytest

from eval_predict.select.medoids import medoids
from eval_predict.stats.correlation import unit_columns


def _blocks(copies=15, groups=4, models=25):
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(models, groups))
    return np.repeat(centre, copies, axis=1) + 0.05 * rng.normal(size=(models, groups * copies))


def _cost(scores, columns):
    unit = unit_columns(scores)
    return (1 - unit[:, columns].T @ unit).min(axis=0).sum()


def test_each_group_of_like_items_gets_one_medoid():
    columns = medoids(_blocks(), 4, np.random.default_rng(0))
    assert sorted(columns // 15) == [0, 1, 2, 3]


def test_opposite_items_share_a_medoid_where_the_sign_does_not_count():
    scores = _blocks()
    scores[:, ::2] *= -1
    columns = medoids(scores, 4, np.random.default_rng(0), absolute=True)
    assert sorted(columns // 15) == [0, 1, 2, 3]


def test_no_single_swap_improves_the_result():
    scores = np.random.default_rng(1).normal(size=(8, 30))
    columns = medoids(scores, 5, np.random.default_rng(0))
    best = _cost(scores, columns)
    for slot in range(5):
        for other in range(30):
            swapped = columns.copy()
            swapped[slot] = other
            assert _cost(scores, swapped) > best - 1e-3


@pytest.mark.parametrize("count", [1, 7, 20])
def test_medoids_are_distinct_even_where_all_items_are_alike(count):
    columns = medoids(np.ones((4, 20)), count, np.random.default_rng(0))
    assert len(set(columns.tolist())) == count
