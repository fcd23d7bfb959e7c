"""Weights of staged draws: unbiased whatever the later draws look at, and exact where known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.stats.survey_weights import (
    design_warnings,
    drawn_weights,
    stage_weights,
    weighted_mean,
)


def adaptive_draws(scores_N: NDArray[np.float64], repeats: int) -> Observed:
    """Two equally likely items; then two more, one at a time, likelier the more was scored."""
    rng = np.random.default_rng(3)
    N = len(scores_N)
    items, probabilities = np.zeros((2, repeats, 4))
    for repeat in range(repeats):
        drawn = list(rng.choice(N, 2, replace=False))
        chances = [2 / N, 2 / N]
        for _ in range(2):
            size_N = 0.2 + np.arange(N) / N * (1 + scores_N[drawn].sum())
            size_N[drawn] = 0
            size_N /= size_N.sum()
            new = rng.choice(N, p=size_N)
            drawn.append(new)
            chances.append(size_N[new])
        items[repeat], probabilities[repeat] = drawn, chances
    positions = items.astype(np.intp)
    return Observed(positions, scores_N[positions], probabilities, np.array([0, 0, 1, 2]))


def test_every_item_weighs_one_on_average_though_later_draws_look_at_earlier_scores() -> None:
    scores_N = np.array([0.0, 1, 1, 0, 1, 0, 0, 1])
    observed = adaptive_draws(scores_N, repeats=20_000)
    weight_Tn = stage_weights(observed, 8)
    total_TN = np.zeros((20_000, 8))
    np.put_along_axis(total_TN, observed.items_Tn, weight_Tn, axis=1)
    error_N = total_TN.std(axis=0) / np.sqrt(20_000)
    assert (np.abs(total_TN.mean(axis=0) - 1) < 4 * error_N).all()


def test_weighted_sum_of_scores_is_unbiased() -> None:
    scores_N = np.array([0.0, 1, 1, 0, 1, 0, 0, 1])
    observed = adaptive_draws(scores_N, repeats=20_000)
    sums_T = (stage_weights(observed, 8) * observed.scores_Tn).sum(axis=1)
    assert abs(sums_T.mean() - 4) < 4 * sums_T.std() / np.sqrt(20_000)


def test_weights_of_two_stages_are_those_derived_by_hand() -> None:
    # N = 10: 1 of 10, then 3 of 9; 1/(10*9) to 3/(9*6) is a = (1/6, 5/6).
    probability = np.array([[0.1, 0.5, 0.25, 1.0]])
    observed = Observed(
        np.array([[0, 1, 2, 3]]), np.zeros((1, 4)), probability, np.array([0, 1, 1, 1])
    )
    expected = [1 / 6 / 0.1 + 5 / 6, 5 / 6 / 0.5, 5 / 6 / 0.25, 5 / 6]
    np.testing.assert_allclose(stage_weights(observed, 10)[0], expected)


def test_even_draws_in_stages_weigh_as_one_even_draw() -> None:
    left = np.array([30, 30, 28, 28, 28, 25, 25])
    share = np.array([[2, 2, 3, 3, 3, 2, 2]]) / left
    stage = np.array([0, 0, 1, 1, 1, 2, 2])
    observed = Observed(np.arange(7)[None], np.zeros((1, 7)), share, stage)
    np.testing.assert_allclose(stage_weights(observed, 30), 30 / 7)


def test_one_even_draw_has_the_mean_and_variance_of_simple_random_sampling() -> None:
    # Cochran 1977, Sampling Techniques, theorem 2.4.
    scores = np.random.default_rng(0).random((3, 6))
    observed = Observed(
        np.tile(np.arange(6), (3, 1)), scores, np.full((3, 6), 6 / 20), np.zeros(6, np.intp)
    )
    found = weighted_mean(scores, stage_weights(observed, 20), 20)
    np.testing.assert_allclose(found.mean_T, scores.mean(axis=1))
    np.testing.assert_allclose(found.variance_T, scores.var(axis=1, ddof=1) / 6 * (1 - 6 / 20))
    np.testing.assert_allclose(found.freedom_T, 5)


def test_chosen_items_count_as_an_even_draw_and_a_warning_says_so() -> None:
    items, scores, stage = np.array([[4, 7, 1]]), np.zeros((1, 3)), np.array([0, 0, 1])
    observed = Observed(items, scores, np.full((1, 3), np.nan), stage)
    even = Observed(items, scores, np.array([[2 / 9, 2 / 9, 1 / 7]]), stage)
    np.testing.assert_allclose(stage_weights(observed, 9), stage_weights(even, 9))
    assert "3 of 3 items were chosen" in design_warnings(observed)[0]
    assert design_warnings(even) == ()


def test_all_items_have_weight_one_and_no_variance() -> None:
    observed = Observed(
        np.arange(5)[None], np.arange(5.0)[None], np.ones((1, 5)), np.array([0, 0, 1, 1, 2])
    )
    weight = stage_weights(observed, 5)
    np.testing.assert_allclose(weight, 1)
    assert weighted_mean(observed.scores_Tn, weight, 5).variance_T == 0


def test_one_item_says_nothing_of_the_spread() -> None:
    assert weighted_mean(np.ones((2, 1)), np.full((2, 1), 9.0), 9).variance_T == pytest.approx(
        np.inf
    )


def test_chosen_items_stand_for_themselves_beside_draws() -> None:
    items_Tn = np.arange(6)[None]
    scores_Tn = np.zeros((1, 6))
    probability_Tn = np.array([[0.2, 0.2, 0.2, 0.2, np.nan, np.nan]])
    observed = Observed(items_Tn, scores_Tn, probability_Tn, np.array([0, 0, 0, 0, 1, 1]))
    np.testing.assert_allclose(drawn_weights(observed, 20), [[5, 5, 5, 5, 1, 1]])


def test_targets_may_differ_in_what_was_chosen() -> None:
    items_Tn = np.tile(np.arange(4), (2, 1))
    probability_Tn = np.array([[0.2, 0.2, np.nan, np.nan], [0.2, 0.2, 0.25, 0.25]])
    observed = Observed(items_Tn, np.zeros((2, 4)), probability_Tn, np.array([0, 0, 1, 1]))
    both = drawn_weights(observed, 10)
    np.testing.assert_allclose(both[0], [5, 5, 1, 1])
    np.testing.assert_allclose(both[1], stage_weights(observed.rows(slice(1, 2)), 10)[0])


def test_items_none_of_which_was_drawn_count_as_an_even_draw() -> None:
    observed = Observed(
        np.arange(5)[None], np.zeros((1, 5)), np.full((1, 5), np.nan), np.zeros(5, np.intp)
    )
    np.testing.assert_allclose(drawn_weights(observed, 20), 4)
