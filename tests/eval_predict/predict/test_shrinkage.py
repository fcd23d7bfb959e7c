import numpy as np
import pytest
from worlds import factor_world

from eval_predict import ScoreMatrix
from eval_predict.bench.runner import observe
from eval_predict.irt.constants import AUTO
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.predict.doubly_robust import DoublyRobust, doubly_robust
from eval_predict.predict.shrinkage import Mixture, ModelMeans, model_means, shrunken
from eval_predict.select.active import CoresetDesign
from eval_predict.select.inclusion import design_weights
from eval_predict.stats.intervals import wilson_bounds

ITEMS = 300
WORLD = factor_world(np.random.default_rng(0).normal(size=40), ITEMS)
HISTORY = ScoreMatrix.from_array(WORLD.scores_MN)
MODEL = HistoryModel.of(HISTORY)


def _means(mean: float, apart: float) -> ModelMeans:
    return ModelMeans(
        np.full((2, 1), mean), np.full((2, 1), 0.0004), np.full((2, 1), apart), np.zeros((2, 1))
    )


def test_one_part_has_wilsons_interval() -> None:
    mean_T, variance_T = np.array([0.5, 0.03, 0.9]), np.array([0.002, 0.0004, 0.001])
    mixture = Mixture(mean_T[:, None], variance_T[:, None], np.ones((3, 1)))
    bounds = wilson_bounds(mean_T, variance_T, 1.959964)
    np.testing.assert_allclose(mixture.quantile(0.025), bounds.low_T, atol=1e-6)
    np.testing.assert_allclose(mixture.quantile(0.975), bounds.high_T, atol=1e-6)


def test_moments_of_two_parts_by_hand() -> None:
    mixture = Mixture(np.array([[0.2, 0.6]]), np.array([[0.01, 0.02]]), np.array([[0.75, 0.25]]))
    assert mixture.mean_T[0] == pytest.approx(0.3)
    # Within: 0.0125. Between: 0.75 · 0.1² + 0.25 · 0.3².
    assert mixture.variance_T[0] == pytest.approx(0.0125 + 0.03)


@pytest.mark.parametrize(("robust", "nearest"), [(0.5, 0.5), (0.52, 0.5), (0.9, 0.9)])
def test_a_large_distance_speaks_for_the_draws_and_a_small_one_for_the_model(
    robust: float, nearest: float
) -> None:
    effective_1 = np.array([50.0])
    estimate = DoublyRobust(np.array([robust]), np.array([0.003]))
    mixture = shrunken(_means(0.5, 0.002), estimate, effective_1, ITEMS, AUTO.staged_shrinkage)
    assert abs(mixture.mean_T[0] - nearest) < 0.02 + 0.1 * abs(robust - 0.5)


def test_a_distance_makes_the_interval_wider() -> None:
    effective_1, variance_1 = np.array([50.0]), np.array([0.003])
    near, far = (
        shrunken(
            _means(0.5, 0.002),
            DoublyRobust(np.array([robust]), variance_1),
            effective_1,
            ITEMS,
            AUTO.staged_shrinkage,
        )
        for robust in (0.5, 0.62)
    )
    assert far.variance_T[0] > 1.5 * near.variance_T[0]


def test_no_part_is_much_surer_than_the_draws() -> None:
    robust = DoublyRobust(np.array([0.5]), np.array([0.004]))
    means = _means(0.5, 0.0001)._replace(variance_FT=np.full((2, 1), 1e-6))
    mixture = shrunken(means, robust, np.array([50.0]), ITEMS, AUTO.staged_shrinkage)
    assert mixture.variance_TK.min() == pytest.approx(0.8 * 0.004)


def test_the_stated_variances_are_those_of_targets_that_follow_the_model() -> None:
    rng, targets = np.random.default_rng(1), 400
    factor_Tk = rng.multivariate_normal(
        np.zeros(3), np.linalg.inv(MODEL.narrow_.precision_within_kk_), size=targets
    )
    logit_TN = MODEL.narrow_.bias_N_ + factor_Tk @ MODEL.narrow_.loading_Nk_.T
    truth_TN = (rng.random(logit_TN.shape) < 1 / (1 + np.exp(-logit_TN))) * 1.0
    design = CoresetDesign().fit(HISTORY)
    distance, apart, error, stated = [], [], [], []
    for part_TN in np.split(truth_TN, 40):
        observed = observe(design, 60, part_TN, rng)
        weight_Tn = design_weights(MODEL, observed, AUTO.staging)
        robust = doubly_robust(MODEL, observed, weight_Tn)
        means = model_means(MODEL, observed, weight_Tn, overdispersion=1.0)
        distance.append(robust.mean_T - means.mean_FT[0])
        apart.append(means.apart_FT[0])
        error.append(means.mean_FT[0] - part_TN.mean(axis=1))
        stated.append(means.variance_FT[0])
    # 40 draws, whose luck ten targets share: a fifth of the variance is their standard error.
    assert np.mean(np.square(distance)) == pytest.approx(np.mean(apart), rel=0.5)
    assert np.mean(np.square(error)) == pytest.approx(np.mean(stated), rel=0.4)
    # If the model is right its own error is independent of the distance (Hausman).
    assert abs(np.corrcoef(np.ravel(distance), np.ravel(error))[0, 1]) < 0.3
