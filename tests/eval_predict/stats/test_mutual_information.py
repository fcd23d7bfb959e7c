import numpy as np
import pytest
from sklearn.feature_selection import mutual_info_regression
from sklearn.metrics import mutual_info_score

from eval_predict.stats.mutual_information import between_binary, between_normal, with_target


def _scores() -> np.ndarray:
    rng = np.random.default_rng(0)
    ability_M = rng.normal(size=(60, 1))
    return (rng.random((60, 30)) < 1 / (1 + np.exp(-ability_M - rng.normal(size=30)))) * 1.0


def test_information_on_the_mean_is_that_of_an_independent_implementation() -> None:
    scores_MN = _scores()
    mean_M = scores_MN.mean(axis=1)
    mean_M += np.random.default_rng(1).normal(size=60) * 1e-4  # no ties, which break at random
    expected_N = mutual_info_regression(scores_MN, mean_M, discrete_features=True, random_state=0)
    np.testing.assert_allclose(with_target(scores_MN, mean_M), expected_N, atol=1e-6)


def test_information_between_items_is_that_of_an_independent_implementation() -> None:
    scores_MN = _scores()
    expected_N = [mutual_info_score(scores_MN[:, 3], column_M) for column_M in scores_MN.T]
    np.testing.assert_allclose(between_binary(scores_MN, 3), expected_N, atol=1e-9)


def test_a_constant_item_says_nothing() -> None:
    scores_MN = _scores()
    scores_MN[:, 0] = 1
    assert between_binary(scores_MN, 0) == pytest.approx(np.zeros(30))
    assert with_target(scores_MN, scores_MN.mean(axis=1))[0] == pytest.approx(0, abs=0.02)


def test_normal_variables_follow_the_formula() -> None:
    # −½ log(1 − 0.6²)
    assert between_normal(np.array([0.6]))[0] == pytest.approx(0.22314, abs=1e-5)
