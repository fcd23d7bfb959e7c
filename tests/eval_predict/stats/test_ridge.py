import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from eval_predict.stats.ridge import ALPHAS, ridge_by_loo, thin_svd


@pytest.mark.parametrize(("models", "items"), [(30, 8), (12, 40), (2, 5)])
def test_weights_are_those_of_an_independent_implementation(models, items):
    rng = np.random.default_rng(0)
    features = rng.integers(0, 2, (3, models, items)).astype(float)
    target = rng.random(models)
    ridge = ridge_by_loo(features, target)
    for number in range(3):
        other = RidgeCV(alphas=ALPHAS).fit(features[number], target)
        assert ridge.weight_Bn[number] == pytest.approx(other.coef_, abs=1e-8)
        assert ridge.intercept_B[number] == pytest.approx(other.intercept_)


def test_constant_features_leave_the_mean():
    ridge = ridge_by_loo(np.ones((1, 6, 3)), np.arange(6.0))
    assert ridge.weight_Bn == pytest.approx(np.zeros((1, 3)))
    assert ridge.intercept_B == pytest.approx([2.5])


@pytest.mark.parametrize("shape", [(1, 9, 4), (1, 4, 9)])
def test_vectors_and_squares_rebuild_the_features(shape):
    centred = np.random.default_rng(1).random(shape)
    centred -= centred.mean(axis=1, keepdims=True)
    left, right, square = (array[0] for array in thin_svd(centred))
    assert (left * np.sqrt(square)) @ right.T == pytest.approx(centred[0], abs=1e-9)
