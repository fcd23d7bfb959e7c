import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from iwsi.filter.ranking import auc, auc_estimate, bootstrap_auc, precision_at


def rng():
    return np.random.default_rng(0)


def normal_rows(shift, num_right=300, num_wrong=300):
    generator = rng()
    right = np.r_[np.ones(num_right, bool), np.zeros(num_wrong, bool)]
    return generator.normal(size=len(right)) + shift * right, right


@pytest.mark.parametrize("decimals", [8, 0])  # without ties and with many
def test_auc_is_that_of_scikit_learn(decimals):
    score, right = normal_rows(0.7)
    score = score.round(decimals)
    assert auc(score, right) == pytest.approx(roc_auc_score(right, score))


def test_draws_of_the_bootstrap_are_aucs_of_the_drawn_rows():
    score, right = normal_rows(0.5, 12, 9)
    score = score.round(1)
    drawn = bootstrap_auc([score, -score], right, np.random.default_rng(3), repeats=5)
    again = np.random.default_rng(3)
    times_right = again.multinomial(12, np.full(12, 1 / 12), 5)
    times_wrong = again.multinomial(9, np.full(9, 1 / 9), 5)
    for draw in range(5):
        rows = np.repeat(np.arange(21), np.r_[times_right[draw], times_wrong[draw]])
        expected = roc_auc_score(right[rows], score[rows])
        np.testing.assert_allclose(drawn[:, draw], [expected, 1 - expected])


def test_the_interval_has_the_width_that_theory_gives():
    score, right = normal_rows(1.0)
    estimate = auc_estimate(score, right, rng())
    # Hanley & McNeil 1982: the standard error of an AUC a, from a, a/(2-a) and 2a²/(1+a).
    a = estimate.value
    variance = a * (1 - a) + 299 * (a / (2 - a) - a**2) + 299 * (2 * a**2 / (1 + a) - a**2)
    expected = 2 * 1.96 * np.sqrt(variance / (300 * 300))
    assert estimate.high - estimate.low == pytest.approx(expected, rel=0.15)
    assert estimate.low < a < estimate.high


def test_a_score_turned_round_is_mirrored_at_one_half():
    score, right = normal_rows(1.0)
    assert auc(-score, right) == pytest.approx(1 - auc(score, right))
    assert auc_estimate(-score, right, rng()).high < 0.5


def test_perfect_order_of_few_rows_is_no_certainty():
    right = np.r_[np.ones(30, bool), np.zeros(4, bool)]
    estimate = auc_estimate(right.astype(float), right, rng())
    # Four agreeing rows at a level of 95%: .025 ** (1/4).
    assert (estimate.value, estimate.low) == (1.0, pytest.approx(0.3976, abs=1e-4))
    reversed_ = auc_estimate(-right.astype(float), right, rng())
    assert (reversed_.value, reversed_.high) == (0.0, pytest.approx(0.6024, abs=1e-4))


def test_precision_is_of_what_scores_highest():
    right = np.array([1, 1, 0, 1, 0], bool)
    score = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    assert precision_at(score, right, (0.2, 0.6, 1.0)) == pytest.approx((1, 2 / 3, 3 / 5))


def test_a_tie_across_the_cut_counts_in_part():
    right = np.array([1, 1, 0, 0], bool)
    assert precision_at(np.zeros(4), right, (0.25, 0.5)) == pytest.approx((0.5, 0.5))
    assert precision_at(np.array([1, 0, 0, 0.0]), right, (0.5,)) == pytest.approx(
        ((1 + 1 / 3) / 2,)
    )
