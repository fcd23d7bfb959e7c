"""The ridge: its weights, leave-one-out errors, missing scores and bootstrap, against refits."""

import numpy as np
import pytest

from eval_predict.bis.direct import PENALTIES, Ridge, RidgeReplicates


def _data(seed=0, S=60, F=4, M=3):
    rng = np.random.default_rng(seed)
    features_SF = rng.normal(size=(S, F))
    scores_SM = features_SF @ rng.normal(size=(F, M)) + rng.normal(size=(S, M))
    return features_SF, scores_SM, rng.normal(size=F)


def _by_hand(features_SF, score_S, at_F, penalty, count_S=None):
    """Weighted ridge with an intercept, from the normal equations."""
    count_S = np.ones(len(score_S)) if count_S is None else count_S
    mean_F = count_S @ features_SF / count_S.sum()
    mean = count_S @ score_S / count_S.sum()
    centred_SF = features_SF - mean_F
    gram_FF = (centred_SF.T * count_S) @ centred_SF
    pull_F = (centred_SF.T * count_S) @ (score_S - mean)
    slope_F = np.linalg.solve(gram_FF + penalty * np.eye(len(at_F)), pull_F)
    return mean + (at_F - mean_F) @ slope_F


@pytest.mark.parametrize("position", [0, 5, 9])
def test_weights_give_the_regression_at_the_target(position):
    features_SF, scores_SM, target_F = _data()
    ridge = Ridge(features_SF, target_F)
    value_M = ridge.weights(position) @ scores_SM
    penalty = 60 * PENALTIES[position]
    for m, value in enumerate(value_M):
        assert value == pytest.approx(_by_hand(features_SF, scores_SM[:, m], target_F, penalty))


def test_last_penalty_leaves_the_source_mean():
    features_SF, scores_SM, target_F = _data()
    weight_S = Ridge(features_SF, target_F).weights(len(PENALTIES) - 1)
    np.testing.assert_allclose(weight_S @ scores_SM, scores_SM.mean(axis=0), atol=1e-6)


def test_missing_scores_change_nothing_but_their_own_item():
    features_SF, scores_SM, target_F = _data()
    holes_SM = scores_SM.copy()
    holes_SM[[3, 17, 40], 1] = np.nan
    ridge = Ridge(features_SF, target_F)
    filled_SM = ridge.fill(holes_SM, 6)
    seen_S = ~np.isnan(holes_SM[:, 1])
    # A point on the fitted line adds no squared error, and with features as they are centred here
    # only the mean of the features moves: the fitted value at the missing rows is their own.
    np.testing.assert_allclose(
        ridge.fitted(filled_SM, 6)[~seen_S, 1], filled_SM[~seen_S, 1], atol=1e-10
    )
    np.testing.assert_array_equal(filled_SM[:, 0], scores_SM[:, 0])


def test_chosen_penalty_has_the_least_left_out_error():
    features_SF, scores_SM, target_F = _data(M=1)
    ridge = Ridge(features_SF, target_F)
    choice = ridge.choose(scores_SM)
    off_S = scores_SM - ridge.fitted(scores_SM, choice.position)
    loo_S = off_S[:, 0] / (1 - ridge.leverage(choice.position))
    assert choice.error_M[0] == pytest.approx(np.square(loo_S).mean())
    losses = []
    for position in range(len(PENALTIES)):
        off_SM = scores_SM - ridge.fitted(scores_SM, position)
        losses.append(np.square(off_SM[:, 0] / (1 - ridge.leverage(position))).mean())
    assert choice.position == np.argmin(losses)


def test_scores_that_features_say_nothing_of_get_the_source_mean():
    rng = np.random.default_rng(7)
    ridge = Ridge(rng.normal(size=(80, 30)), rng.normal(size=30))
    weight_S = ridge.weights(ridge.choose(rng.normal(size=(80, 5))).position)
    assert np.abs(weight_S - 1 / 80).max() < 1 / 80


def test_replicates_are_weighted_refits():
    features_SF, scores_SM, target_F = _data()
    rng = np.random.default_rng(1)
    count_RS = rng.multinomial(60, np.full(60, 1 / 60), size=4).astype(float)
    weight_RS = RidgeReplicates(features_SF, target_F, count_RS).weights(5)
    for r, count_S in enumerate(count_RS):
        value = _by_hand(features_SF, scores_SM[:, 0], target_F, 60 * PENALTIES[5], count_S)
        assert weight_RS[r] @ scores_SM[:, 0] == pytest.approx(value)


def test_transposed_weights_are_those_of_the_fitted_values():
    features_SF, scores_SM, target_F = _data()
    rng = np.random.default_rng(2)
    pull_S = rng.random(60)
    ridge = Ridge(features_SF, target_F)
    expected_M = pull_S @ ridge.fitted(scores_SM, 4)
    np.testing.assert_allclose(ridge.transposed(pull_S, 4) @ scores_SM, expected_M)
    once = RidgeReplicates(features_SF, target_F, np.ones((1, 60)))
    np.testing.assert_allclose(once.weights(4, pull_S[None])[0] @ scores_SM, expected_M)
