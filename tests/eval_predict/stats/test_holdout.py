import numpy as np

from eval_predict.stats.holdout import every_fifth


def test_levels_are_spread_and_the_order_of_models_does_not_matter():
    scores = np.random.default_rng(0).random((20, 30))
    mean = scores.mean(axis=1)
    mixed = np.random.default_rng(1).permutation(20)
    held_out = every_fifth(scores, mean)
    assert (every_fifth(scores[mixed], mean[mixed]) == held_out[mixed]).all()
    assert np.flatnonzero(held_out[np.argsort(mean)]).tolist() == [2, 7, 12, 17]


def test_two_models_are_both_needed_for_learning():
    assert not every_fifth(np.eye(2), np.ones(2)).any()
