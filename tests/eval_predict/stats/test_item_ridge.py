import numpy as np
import pytest
from sklearn.linear_model import Ridge
from worlds import rasch_world

from eval_predict.data.observed import Observed
from eval_predict.stats.ridge import item_ridge

ITEMS, SEEN = 50, 14


def _case(targets: int = 3) -> tuple[np.ndarray, Observed, np.ndarray]:
    rng = np.random.default_rng(0)
    scores_MN = rasch_world(20, ITEMS).dense_MN()
    items_Tn = np.stack([rng.permutation(ITEMS)[:SEEN] for _ in range(targets)])
    observed = Observed(
        items_Tn, rng.random(items_Tn.shape), np.full(items_Tn.shape, 0.3), np.zeros(SEEN, np.intp)
    )
    return scores_MN, observed, 1 + 9 * rng.random(items_Tn.shape)


def _features(scores_MN: np.ndarray) -> np.ndarray:
    return (scores_MN - scores_MN.mean(axis=1, keepdims=True)).T


@pytest.mark.parametrize("alpha", [0.5, 30.0])
def test_predictions_are_those_of_a_weighted_ridge_with_an_intercept(alpha: float) -> None:
    scores_MN, observed, weight_Tn = _case()
    found_TN, _ = item_ridge(scores_MN, observed, weight_Tn, alpha)
    feature_NM = _features(scores_MN)
    for items_n, scores_n, weight_n, found_N in zip(
        observed.items_Tn, observed.scores_Tn, weight_Tn, found_TN, strict=True
    ):
        # Scaled to mean 1, so that the penalty means the same whatever the weights' sum.
        scaled_n = weight_n / weight_n.mean()
        ridge = Ridge(alpha=alpha).fit(feature_NM[items_n], scores_n, sample_weight=scaled_n)
        np.testing.assert_allclose(found_N, ridge.predict(feature_NM), atol=1e-10)


def test_leverage_gives_what_refitting_without_each_item_gives() -> None:
    scores_MN, observed, weight_Tn = _case()
    found_TN, leverage_Tn = item_ridge(scores_MN, observed, weight_Tn, 5.0)
    sampled_Tn = np.take_along_axis(found_TN, observed.items_Tn, axis=1)
    left_out_Tn = (observed.scores_Tn - sampled_Tn) / (1 - leverage_Tn)
    feature_NM = _features(scores_MN)
    for target, items_n in enumerate(observed.items_Tn):
        scaled_n = weight_Tn[target] / weight_Tn[target].mean()
        scores_n = observed.scores_Tn[target]
        for i in range(SEEN):
            rest = np.arange(SEEN) != i
            ridge = Ridge(alpha=5.0).fit(
                feature_NM[items_n[rest]], scores_n[rest], sample_weight=scaled_n[rest]
            )
            expected = scores_n[i] - ridge.predict(feature_NM[items_n[[i]]])[0]
            assert left_out_Tn[target, i] == pytest.approx(expected)


def test_only_the_ratio_of_weights_counts() -> None:
    scores_MN, observed, weight_Tn = _case()
    once, twice = (item_ridge(scores_MN, observed, k * weight_Tn) for k in (1, 2))
    np.testing.assert_allclose(once.prediction_TN, twice.prediction_TN)
    np.testing.assert_allclose(once.leverage_Tn, twice.leverage_Tn)


def test_weighted_errors_sum_to_zero() -> None:
    scores_MN, observed, weight_Tn = _case()
    found_TN, leverage_Tn = item_ridge(scores_MN, observed, weight_Tn)
    error_Tn = observed.scores_Tn - np.take_along_axis(found_TN, observed.items_Tn, axis=1)
    np.testing.assert_allclose((weight_Tn * error_Tn).sum(axis=1), 0, atol=1e-9)
    assert ((leverage_Tn > 0) & (leverage_Tn < 1)).all()


def test_one_item_predicts_its_score_everywhere() -> None:
    scores_MN, observed, weight_Tn = _case()
    one = Observed(
        observed.items_Tn[:, :1],
        observed.scores_Tn[:, :1],
        observed.probability_Tn[:, :1],
        observed.stage_n[:1],
    )
    found_TN, leverage_Tn = item_ridge(scores_MN, one, weight_Tn[:, :1])
    np.testing.assert_allclose(found_TN, one.scores_Tn.repeat(ITEMS, axis=1))
    np.testing.assert_allclose(leverage_Tn, 1)
