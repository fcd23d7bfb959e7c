"""The share of a predicted shift that splits of the source bear out."""

import numpy as np
import pytest

from eval_predict.bis.heldout import HeldOutEnds


def _ends(seed, size=400, slope=1.0, noise=0.2):
    """Scores that fall along one feature, which is also what tells the target."""
    rng = np.random.default_rng(seed)
    features_SF = rng.normal(size=(size, 3))
    scores_SM = slope * features_SF[:, :1] + rng.normal(0, noise, size=(size, 4))
    return HeldOutEnds(features_SF, features_SF[:, 0], seed), scores_SM


def test_a_line_is_borne_out_to_its_ends():
    ends, scores_SM = _ends(0)
    assert ends.share(scores_SM, 0, 0.0).share == pytest.approx(1, abs=0.05)


def test_a_shift_that_turns_round_at_the_ends_is_not_believed():
    rng = np.random.default_rng(1)
    features_SF = rng.normal(size=(400, 3))
    scores_SM = np.abs(features_SF[:, :1]) + rng.normal(0, 0.2, size=(400, 4))
    ends = HeldOutEnds(features_SF, features_SF[:, 0], 1)
    assert ends.share(scores_SM, 0, 1.0).share < 0.5


def test_noise_leaves_the_share_nearer_to_what_was_expected():
    for seed in range(5):
        ends, scores_SM = _ends(seed, size=60, slope=0.05, noise=1.0)
        near, far = (ends.share(scores_SM, 0, expected).share for expected in (1.0, 0.0))
        assert near > far
    clear, scores_SM = _ends(2)
    near, far = (clear.share(scores_SM, 0, expected).share for expected in (1.0, 0.0))
    assert near == pytest.approx(far, abs=0.05)


def test_scale_and_place_of_scores_do_not_matter():
    ends, scores_SM = _ends(3)
    once = ends.share(scores_SM, 4, 1.0).share
    assert ends.share(100 * scores_SM + 7, 4, 1.0).share == pytest.approx(once)


def test_scores_that_are_all_the_same_leave_the_regression_alone():
    ends, scores_SM = _ends(4)
    assert ends.share(np.ones_like(scores_SM), 0, 1.0) == (1, 0)


def test_a_line_fits_the_ends_within_their_noise_and_a_step_does_not():
    rng = np.random.default_rng(6)
    ends, scores_SM = _ends(6, size=1000, slope=0.3, noise=1.0)
    assert ends.share(scores_SM, 0, 1.0).misfit < 3
    features_SF = rng.normal(size=(1000, 3))
    right_S = features_SF[:, 0] < 0
    probability_SM = np.where(right_S, 0.9, 0.2)[:, None].repeat(4, axis=1)
    step_SM = (rng.random((1000, 4)) < probability_SM).astype(float)
    ends = HeldOutEnds(features_SF, features_SF[:, 0], 6)
    assert ends.share(step_SM, 0, 1.0).misfit > 10
