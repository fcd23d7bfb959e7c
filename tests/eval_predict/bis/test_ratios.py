"""Ratios: every way of taking them finds a known one, and no difference where there is none."""

import numpy as np
import pytest

from eval_predict.bis.ratios import RATIOS, classifier_scores, log_ratio, separability
from eval_predict.bis.weights import weigh
from eval_predict.errors import UserError


def _gaussians(seed, size, gap):
    rng = np.random.default_rng(seed)
    source_SD, target_TD = rng.normal(size=(size, 3)), rng.normal(size=(size, 3))
    target_TD[:, 0] += gap
    return source_SD, target_TD


@pytest.mark.parametrize("name", RATIOS)
def test_known_ratio_is_found(name):
    # N(1, 1) to N(0, 1) in one of three dimensions has the log ratio x − ½.
    source_SD, target_TD = _gaussians(0, 600, 1.0)
    found_S = log_ratio(name, source_SD, target_TD)
    assert np.corrcoef(np.clip(found_S, -4, 4), source_SD[:, 0])[0, 1] > 0.6
    weight_S = weigh(found_S, 0.98).weight_S
    assert weight_S @ source_SD[:, 0] == pytest.approx(1.0, abs=0.5)


@pytest.mark.parametrize("name", RATIOS)
def test_no_difference_leaves_the_weights_nearly_even(name):
    source_SD, target_TD = _gaussians(1, 400, 0.0)
    weights = weigh(log_ratio(name, source_SD, target_TD))
    assert weights.ess > 200
    assert abs(weights.weight_S @ source_SD[:, 0]) < 0.15


@pytest.mark.parametrize("name", RATIOS)
def test_same_seed_same_ratio(name):
    source_SD, target_TD = _gaussians(2, 60, 0.5)
    once_S = log_ratio(name, source_SD, target_TD, seed=3)
    np.testing.assert_array_equal(log_ratio(name, source_SD, target_TD, seed=3), once_S)


def test_separability_counts_ordered_pairs():
    # Of the four pairs, target above source in three, and one tie counts half.
    assert separability(np.array([0.0, 1.0]), np.array([1.0, 2.0])) == pytest.approx(3.5 / 4)


def test_classifier_scores_an_item_it_has_not_seen():
    rng = np.random.default_rng(0)
    noise_SD, more_TD = rng.normal(size=(60, 50)), rng.normal(size=(60, 50))
    # Fifty features of noise separate the training items; only held-out scores show that.
    assert separability(*classifier_scores(noise_SD, more_TD, strength=10)) < 0.65


def test_unknown_density_is_named_with_the_nearest():
    with pytest.raises(UserError, match='Did you mean "iwae"'):
        log_ratio("iwea", np.zeros((3, 1)), np.zeros((3, 1)))
