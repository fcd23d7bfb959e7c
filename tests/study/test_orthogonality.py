import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from iwsi.study.orthogonality import rank_correlation


def _correlated(rng, questions, samples, rho):
    """Pairs whose underlying normals have correlation rho, shared within a question."""
    shared = rng.normal(size=(questions, 2)) @ np.linalg.cholesky([[1, rho], [rho, 1]]).T
    pairs = np.repeat(shared, samples, axis=0)
    return pairs[:, 0], pairs[:, 1], np.repeat(np.arange(questions), samples)


def test_the_value_is_scipys():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=200), rng.integers(0, 4, 200).astype(float)
    found = rank_correlation(first, second, rng.integers(0, 30, 200), rng)
    assert found.value == pytest.approx(spearmanr(first, second).statistic)
    assert found.low < found.value < found.high


def test_candidates_of_one_question_are_no_independent_draws():
    first, second, question = _correlated(np.random.default_rng(1), 60, 15, 0.3)
    rng = np.random.default_rng(0)
    by_question = rank_correlation(first, second, question, rng)
    by_row = rank_correlation(first, second, np.arange(len(first)), rng)
    assert by_question.value == by_row.value
    # 15 equal rows count once: the interval is sqrt(15) times as wide.
    ratio = (by_question.high - by_question.low) / (by_row.high - by_row.low)
    assert ratio == pytest.approx(15**0.5, rel=0.25)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng, rho = np.random.default_rng(2), 0.5
    truth = 6 / np.pi * np.arcsin(rho / 2)  # of two normals (Kruskal 1958)
    held = 0
    for _ in range(60):
        found = rank_correlation(*_correlated(rng, 40, 3, rho), rng)
        held += found.low <= truth <= found.high
    assert held >= norm.ppf(0.01) * (60 * 0.95 * 0.05) ** 0.5 + 60 * 0.9


def test_a_side_that_never_varies_has_no_correlation():
    rng = np.random.default_rng(0)
    assert rank_correlation(np.ones(9), np.arange(9.0), np.arange(9), rng) is None


def test_the_order_of_rows_does_not_matter():
    first, second, question = _correlated(np.random.default_rng(3), 20, 4, 0.4)
    order = np.random.default_rng(4).permutation(len(first))
    straight = rank_correlation(first, second, question, np.random.default_rng(5))
    shuffled = rank_correlation(
        first[order], second[order], question[order], np.random.default_rng(5)
    )
    assert shuffled.value == pytest.approx(straight.value)
    assert shuffled.low == pytest.approx(straight.low)
