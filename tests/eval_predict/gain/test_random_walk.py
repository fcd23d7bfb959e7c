import numpy as np

from eval_predict.gain.random_walk import random_walk


def test_known_scores_stay_what_they_are() -> None:
    walk_R = random_walk(np.array([0.5, 0.55, 0.7]), np.zeros((3, 3)))
    np.testing.assert_allclose(walk_R, [0.5, 0.55, 0.7], atol=1e-6)


def test_a_small_unsure_gain_is_drawn_towards_none_and_a_large_one_believed() -> None:
    error_RR = np.diag([0.0, 0.05**2])
    small = random_walk(np.array([0.5, 0.53]), error_RR)[1] - 0.5
    large = random_walk(np.array([0.5, 0.95]), error_RR)[1] - 0.5
    assert 0 < small < 0.6 * 0.03
    assert 0.9 * 0.45 < large < 0.45


def test_steady_small_gains_make_a_leap_less_likely() -> None:
    error_RR = np.zeros((5, 5))
    error_RR[-1, -1] = 0.05**2
    steady = random_walk(np.array([0.5, 0.51, 0.5, 0.51, 0.6]), error_RR)
    jumpy = random_walk(np.array([0.5, 0.6, 0.5, 0.61, 0.7]), error_RR)
    assert steady[-1] - 0.51 < jumpy[-1] - 0.61
