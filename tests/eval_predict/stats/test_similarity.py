"""Likeness of models and items: as defined, in bounded memory, whatever the order of the rows."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.stats import similarity
from eval_predict.stats.similarity import (
    compact,
    item_neighbours,
    left_out_means,
    model_similarity,
    similar_weights,
    weighted_moments,
)


def world(models: int = 20, items: int = 60) -> NDArray[np.uint8]:
    return (np.random.default_rng(1).random((models, items)) < 0.6).astype(np.uint8)


def by_loops(
    scores_MN: NDArray[np.uint8],
    items_n: NDArray[np.intp],
    value_n: NDArray[np.float64],
    count: int,
) -> NDArray[np.float64]:
    """The definition, one item at a time."""
    found = np.zeros(scores_MN.shape[1])
    for item in range(scores_MN.shape[1]):
        others = items_n != item
        agree = (scores_MN[:, items_n[others]] == scores_MN[:, [item]]).mean(axis=0)
        best = agree >= np.sort(agree)[-count] - 1e-9
        found[item] = np.average(value_n[others][best], weights=agree[best])
    return found


@pytest.mark.parametrize("floats", [1 << 22, 300])
def test_neighbours_are_those_of_the_definition_in_one_block_or_many(
    monkeypatch: pytest.MonkeyPatch, floats: int
) -> None:
    monkeypatch.setattr(similarity, "_FLOATS", floats)
    scores_MN, rng = world(items=200), np.random.default_rng(2)
    items_Tn = np.array([rng.permutation(200)[:12] for _ in range(3)])
    value_Tn = rng.random((3, 12))
    found = item_neighbours(scores_MN, items_Tn, value_Tn, 4)
    expected = [by_loops(scores_MN, *pair, 4) for pair in zip(items_Tn, value_Tn, strict=True)]
    np.testing.assert_allclose(found.value_TN, expected, atol=1e-5)


def test_model_similarity_is_the_share_of_equal_answers() -> None:
    scores_MN = world()
    items_Tn = np.array([[0, 5, 9, 11]])
    target = np.array([[1.0, 0, 1, 1]])
    expected = (scores_MN[:, items_Tn[0]] == target[0]).mean(axis=1)
    np.testing.assert_allclose(model_similarity(scores_MN, items_Tn, target)[0], expected)


def test_tied_models_share_the_last_places() -> None:
    weight = similar_weights(np.array([[0.9, 0.5, 0.5, 0.5, 0.1]]), 2)
    np.testing.assert_allclose(weight, [[1 / 2, 1 / 6, 1 / 6, 1 / 6, 0]], rtol=1e-6)


def test_weighted_moments_are_mean_and_variance_over_the_weighted_models() -> None:
    scores_MN = world()
    weight_TM = np.array([[1.0] * 4 + [0.0] * 16], np.float32) / 4
    mean, variance = weighted_moments(scores_MN, weight_TM)
    np.testing.assert_allclose(mean[0], scores_MN[:4].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(variance[0], scores_MN[:4].var(axis=0), atol=1e-6)


def test_order_of_the_models_changes_nothing() -> None:
    scores_MN, items_Tn = world(), np.array([[3, 4, 8, 30, 50]])
    value_Tn = np.array([[1.0, 0, 1, 0, 1]])
    for centred in (False, True):
        found = item_neighbours(scores_MN, items_Tn, value_Tn, 2, centred)
        turned = item_neighbours(scores_MN[::-1], items_Tn, value_Tn, 2, centred)
        np.testing.assert_allclose(found.value_TN, turned.value_TN, atol=1e-4)


def test_continuous_scores_are_scaled_to_the_unit_range() -> None:
    scores = compact(ScoreMatrix.from_array([[2.0, 4.0, np.nan], [3.0, 6.0, 5.0]]))
    assert scores.dtype == np.float32
    assert (scores.min(), scores.max()) == (0, 1)


def test_memory_stays_bounded_at_a_hundred_thousand_items() -> None:
    scores_MN = np.random.default_rng(0).integers(0, 2, (8, 100_000), dtype=np.uint8)
    items_Tn = np.arange(0, 100_000, 2000)[None]
    tracemalloc.start()
    item_neighbours(scores_MN, items_Tn, np.ones(items_Tn.shape), 5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A dense 100,000 x 100,000 float32 array would take 40 GB.
    assert peak < 150e6


def test_left_out_means_are_those_of_models_chosen_without_the_item() -> None:
    scores_MN, items_n = world(), np.array([2, 7, 11, 40])
    target_n = np.array([1.0, 1, 0, 1])
    for place, item in enumerate(items_n):
        others = np.delete(np.arange(4), place)
        alike = model_similarity(scores_MN, items_n[others][None], target_n[others][None])
        expected = similar_weights(alike, 5)[0] @ scores_MN[:, item]
        found = left_out_means(scores_MN, items_n, target_n, 5)[place]
        assert found == pytest.approx(expected, abs=1e-5)
