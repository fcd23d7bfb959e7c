import numpy as np

from eval_predict.gain.local_level import local_level


def test_exact_scores_are_not_moved() -> None:
    level_R = local_level(np.array([0.5, 0.55, 0.7]), np.zeros((3, 3)))
    np.testing.assert_allclose(level_R, [0.5, 0.55, 0.7], atol=1e-6)


def test_a_small_unsure_gain_is_drawn_towards_none_and_a_large_one_believed() -> None:
    error_RR = np.diag([0.0, 0.05**2])
    small = local_level(np.array([0.5, 0.53]), error_RR)[1] - 0.5
    large = local_level(np.array([0.5, 0.95]), error_RR)[1] - 0.5
    assert 0 < small < 0.6 * 0.03
    assert 0.9 * 0.45 < large < 0.45


def test_steady_small_gains_make_a_leap_less_likely() -> None:
    error_RR = np.zeros((5, 5))
    error_RR[-1, -1] = 0.05**2
    steady = local_level(np.array([0.5, 0.51, 0.5, 0.51, 0.6]), error_RR)
    jumpy = local_level(np.array([0.5, 0.6, 0.5, 0.61, 0.7]), error_RR)
    assert steady[-1] - 0.51 < jumpy[-1] - 0.61


def test_a_loss_after_gains_is_moved_towards_no_change_and_stays_a_loss() -> None:
    error_RR = np.zeros((5, 5))
    error_RR[-1, -1] = 0.03**2
    level_R = local_level(np.array([0.40, 0.45, 0.49, 0.55, 0.46]), error_RR)
    assert 0.46 < level_R[-1] < 0.55
