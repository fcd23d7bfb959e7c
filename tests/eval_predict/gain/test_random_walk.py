import numpy as np

from eval_predict.gain.random_walk import random_walk


def test_known_scores_stay_what_they_are() -> None:
    walk = random_walk(np.array([0.5, 0.55, 0.7]), np.zeros((3, 3)))
    np.testing.assert_allclose(walk.mean_R, [0.5, 0.55, 0.7], atol=1e-6)
    np.testing.assert_allclose(walk.covariance_RR, 0, atol=1e-6)


def test_a_small_unsure_gain_is_drawn_towards_none_and_a_large_one_believed() -> None:
    error_RR = np.diag([0.0, 0.05**2])
    small = random_walk(np.array([0.5, 0.53]), error_RR).mean_R[1] - 0.5
    large = random_walk(np.array([0.5, 0.95]), error_RR).mean_R[1] - 0.5
    assert 0 < small < 0.6 * 0.03
    assert 0.9 * 0.45 < large < 0.45


def test_steady_small_gains_make_a_leap_less_likely() -> None:
    error_RR = np.zeros((5, 5))
    error_RR[-1, -1] = 0.05**2
    steady = random_walk(np.array([0.5, 0.51, 0.5, 0.51, 0.6]), error_RR)
    jumpy = random_walk(np.array([0.5, 0.6, 0.5, 0.61, 0.7]), error_RR)
    assert steady.mean_R[-1] - 0.51 < jumpy.mean_R[-1] - 0.61


def test_errors_that_two_rounds_share_do_not_blur_their_gain() -> None:
    apart = np.diag([0.0, 0.05**2, 0.05**2])
    shared = apart.copy()
    shared[1, 2] = shared[2, 1] = 0.95 * 0.05**2
    means = np.array([0.5, 0.55, 0.6])

    def gain_variance(error_RR: np.ndarray) -> float:
        covariance_RR = random_walk(means, error_RR).covariance_RR
        return covariance_RR[2, 2] + covariance_RR[1, 1] - 2 * covariance_RR[1, 2]

    assert gain_variance(shared) < 0.5 * gain_variance(apart)


def test_its_intervals_cover_when_steps_are_as_it_expects() -> None:
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(600):
        size = rng.choice([0.01, 0.04, 0.16])
        truth_R = 0.5 + np.concatenate([[0.0], (size * rng.normal(size=3)).cumsum()])
        sd_R = np.array([0.0, 0.04, 0.04, 0.04])
        walk = random_walk(truth_R + sd_R * rng.normal(size=4), np.diag(sd_R**2))
        gain = walk.mean_R[3] - walk.mean_R[2]
        c_RR = walk.covariance_RR
        sd = np.sqrt(c_RR[3, 3] + c_RR[2, 2] - 2 * c_RR[2, 3])
        inside.append(abs(gain - (truth_R[3] - truth_R[2])) <= 1.645 * sd)
    assert 0.86 <= np.mean(inside) <= 0.96
