from itertools import combinations

import numpy as np
import pytest

from eval_predict.bench.measures import interval_figures, random_sampling_error


def test_random_samplings_error_is_that_of_all_its_samples() -> None:
    truth_TN = np.array([[1.0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [1, 1, 1, 1, 1]])
    expected_T = [
        np.mean([abs(row_N[list(items)].mean() - row_N.mean()) for items in samples])
        for row_N in truth_TN
        for samples in [list(combinations(range(5), 2))]
    ]
    np.testing.assert_allclose(random_sampling_error(truth_TN, 2), expected_T, atol=1e-12)
    np.testing.assert_allclose(random_sampling_error(truth_TN, 5), 0, atol=1e-12)
    # Of many scores that are not 0 or 1 the mean is normal: E|error| = 0.798 standard errors.
    graded_TN = np.random.default_rng(0).random((1, 400))
    drawn = [np.random.default_rng(k).choice(graded_TN[0], 40, False).mean() for k in range(4000)]
    measured = np.abs(np.array(drawn) - graded_TN.mean()).mean()
    assert random_sampling_error(graded_TN, 40)[0] == pytest.approx(measured, rel=0.05)


def test_figures_of_intervals_by_hand() -> None:
    # The first holds the truth; the second is 0.1 wide and misses by 0.05.
    truth_E, low_E, high_E = np.array([[0.5, 0.5], [0.4, 0.55], [0.6, 0.65]])
    figures = interval_figures(truth_E, low_E, high_E, 0.9)
    assert figures is not None
    assert (figures.coverage, figures.width) == (0.5, pytest.approx(15))
    # 20 + 0 and 10 + 20 · 5, in points, at a level of 0.9.
    assert figures.score == pytest.approx((20 + 110) / 2)


def test_infinite_intervals_have_no_figures() -> None:
    assert interval_figures(np.ones(2), np.full(2, -np.inf), np.full(2, np.inf), 0.95) is None
