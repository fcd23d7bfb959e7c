import numpy as np
import pytest
from numpy.typing import NDArray

from eval_predict.stats.unequal_probability import (
    inclusion_probability,
    serpentine_order,
    systematic_draw,
)


class Starts(np.random.Generator):
    """A stream whose next numbers are known: the middles of as many equal parts of [0, 1)."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def random(self, size: tuple[int, int]) -> NDArray[np.float64]:  # type: ignore[override]
        return ((np.arange(size[0]) + 0.5) / size[0])[:, None]


@pytest.mark.parametrize("count", [1, 3, 11, 29])
def test_probabilities_sum_to_the_count_and_keep_to_the_sizes(count: int) -> None:
    size_TN = np.random.default_rng(count).lognormal(0, 1.5, size=(50, 30))
    probability_TN = inclusion_probability(size_TN, count)
    np.testing.assert_allclose(probability_TN.sum(axis=1), count)
    assert (probability_TN > 0).all()
    assert (probability_TN <= 1).all()
    for size_N, probability_N in zip(size_TN, probability_TN, strict=True):
        below_N = probability_N < 1
        ratio = probability_N[below_N] / size_N[below_N]
        np.testing.assert_allclose(ratio, ratio[0])
        # A certain item would have had more than 1 by the ratio of the others.
        assert (size_N[~below_N] * ratio[0] >= 1 - 1e-9).all()


def test_what_exceeds_one_goes_to_the_others_in_turns() -> None:
    # 3 · 10/17 > 1; then 2 · 5/7 > 1; then 1 · 1/2 each.
    np.testing.assert_allclose(
        inclusion_probability(np.array([[10.0, 5, 1, 1]]), 3), [[1, 1, 0.5, 0.5]]
    )


def test_items_of_no_size_have_no_chance_and_all_others_may_be_certain() -> None:
    size_TN = np.array([[0.0, 2, 1, 0, 7]])
    np.testing.assert_allclose(inclusion_probability(size_TN, 3), [[0, 1, 1, 0, 1]])
    assert (inclusion_probability(size_TN, 2)[:, [0, 3]] == 0).all()


@pytest.mark.parametrize("count", [1, 4, 17])
def test_each_item_is_drawn_with_its_probability(count: int) -> None:
    rng = np.random.default_rng(count)
    probability_N = inclusion_probability(rng.lognormal(0, 1.5, size=(1, 25)), count)[0]
    draws = 20_000
    items_Tn = systematic_draw(
        np.tile(probability_N, (draws, 1)), rng.permutation(25), count, Starts()
    )
    assert items_Tn.shape == (draws, count)
    assert (np.diff(np.sort(items_Tn, axis=1), axis=1) > 0).all()
    # An item's starts are at most two stretches of [0, 1), each counted to within one of the grid.
    drawn_N = np.bincount(items_Tn.ravel(), minlength=25) / draws
    np.testing.assert_allclose(drawn_N, probability_N, atol=2 / draws)


def test_a_sample_is_spread_evenly_along_each_rows_order() -> None:
    rng = np.random.default_rng(0)
    order_TN = rng.permuted(np.tile(np.arange(24), (200, 1)), axis=1)
    items_Tn = systematic_draw(np.full((200, 24), 0.25), order_TN, 6, rng)
    place_Tn = np.take_along_axis(np.argsort(order_TN, axis=1), items_Tn, axis=1)
    np.testing.assert_array_equal(place_Tn // 4, np.tile(np.arange(6), (200, 1)))


def test_rounding_neither_loses_a_draw_nor_finds_an_item_twice() -> None:
    rng = np.random.default_rng(1)
    probability_TN = inclusion_probability(rng.random((2000, 7)) ** 4, 6) * (1 - 1e-13)
    items_Tn = systematic_draw(probability_TN, np.arange(7), 6, rng)
    assert (np.diff(np.sort(items_Tn, axis=1), axis=1) > 0).all()


def test_serpentine_order_goes_up_and_down_within_bands() -> None:
    band_by_N = np.array([0.9, 0.1, 0.2, 0.8, 0.3, 0.7])
    within_N = np.array([1.0, 2, 3, 4, 5, 6])
    # The low band is items 1, 2, 4, the high one 5, 3, 0; down first, then up.
    assert serpentine_order(band_by_N, within_N, 2).tolist() == [4, 2, 1, 0, 3, 5]
    for bands in (0, 1, 6, 9):
        assert sorted(serpentine_order(band_by_N, within_N, bands)) == list(range(6))
