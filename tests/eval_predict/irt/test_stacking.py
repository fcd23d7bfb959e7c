import numpy as np
import pytest
from worlds import factor_world

from eval_predict import Observed, ScoreMatrix
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.irt.stacking import combined_prediction
from eval_predict.stats.ridge import item_ridge

ITEMS, SEEN = 400, 100


def _observed(scores_TN: np.ndarray, seen: int = SEEN) -> Observed:
    rng = np.random.default_rng(0)
    items_Tn = np.stack([rng.permutation(scores_TN.shape[1])[:seen] for _ in scores_TN])
    return Observed(
        items_Tn,
        np.take_along_axis(scores_TN, items_Tn, axis=1),
        np.full(items_Tn.shape, seen / scores_TN.shape[1]),
        np.zeros(seen, np.intp),
    )


def _ridge_share(model: HistoryModel, observed: Observed) -> np.ndarray:
    """The ridge's share, from where the mix lies between its two parts."""
    even_Tn = np.ones(observed.shape)
    mixed_TN = combined_prediction(model, observed, even_Tn).prediction_TN
    ridge_TN = item_ridge(model.scores_MN_, observed, even_Tn).prediction_TN
    factors_TN = model.narrow_.probability(
        model.narrow_.posterior(observed.items_Tn, observed.scores_Tn)
    )
    apart_TN = ridge_TN - factors_TN
    share_T = ((mixed_TN - factors_TN) * apart_TN).sum(axis=1) / (apart_TN**2).sum(axis=1)
    np.testing.assert_allclose(mixed_TN, factors_TN + share_T[:, None] * apart_TN, atol=1e-9)
    return share_T


@pytest.fixture(scope="module")
def model() -> HistoryModel:
    ability_M = np.random.default_rng(1).normal(size=30)
    return HistoryModel.of(ScoreMatrix.from_array(factor_world(ability_M, ITEMS).scores_MN))


def test_shares_go_to_the_ridge_where_a_history_model_comes_again() -> None:
    # No factors predict the noise in one model's scores; its own column does.
    rng = np.random.default_rng(2)
    noise_MN = np.where(rng.random((12, ITEMS)) < 0.5, 1.0, 0.0)
    noise_MN[:6] = np.where(rng.random((6, ITEMS)) < 0.3, 1.0, 0.0)
    copies_MN = np.concatenate([noise_MN, noise_MN, noise_MN])
    fitted = HistoryModel().fit(ScoreMatrix.from_array(copies_MN))
    assert fitted.differs_
    share_T = _ridge_share(fitted, _observed(noise_MN))
    assert (share_T > 0.9).all()


def test_shares_go_to_the_factors_where_one_ability_explains_all() -> None:
    # Difficulties far apart, few models: a ridge over their noise cannot find the curve.
    rng = np.random.default_rng(3)
    ability_M, difficulty_N = rng.normal(size=50), rng.normal(0, 3, size=ITEMS)
    probability_MN = 1 / (1 + np.exp(difficulty_N - ability_M[:, None]))
    scores_MN = (rng.random(probability_MN.shape) < probability_MN) * 1.0
    rasch = HistoryModel().fit(ScoreMatrix.from_array(scores_MN[:10]))
    observed = _observed(scores_MN[10:], 40)
    ridge_TN = item_ridge(rasch.scores_MN_, observed, np.ones(observed.shape)).prediction_TN
    posterior = rasch.narrow_.posterior(observed.items_Tn, observed.scores_Tn)
    error_T = ((rasch.narrow_.probability(posterior) - probability_MN[10:]) ** 2).mean(axis=1)
    assert (error_T < ((ridge_TN - probability_MN[10:]) ** 2).mean(axis=1)).mean() > 0.9
    assert _ridge_share(rasch, observed).mean() < 0.35


def test_shares_lie_between_0_and_1_and_leverage_below_1(model: HistoryModel) -> None:
    rng = np.random.default_rng(4)
    for scores_TN in (np.zeros((2, ITEMS)), np.ones((2, ITEMS)), rng.random((5, ITEMS))):
        for seen in (1, 2, 30):
            observed = _observed(scores_TN, seen)
            found = combined_prediction(model, observed, 1 + rng.random(observed.shape))
            assert np.isfinite(found.prediction_TN).all()
            assert (found.leverage_Tn >= 0).all()
            assert (found.leverage_Tn <= 0.9).all()


def test_a_history_that_differs_by_chance_alone_leaves_the_ridge() -> None:
    scores_MN = (np.random.default_rng(5).random((30, 200)) < 0.25) * 1.0
    fitted = HistoryModel().fit(ScoreMatrix.from_array(scores_MN))
    assert not fitted.differs_
    observed = _observed(np.ones((2, 200)), 20)
    even_Tn = np.ones(observed.shape)
    found = combined_prediction(fitted, observed, even_Tn)
    expected = item_ridge(fitted.scores_MN_, observed, even_Tn)
    np.testing.assert_allclose(found.prediction_TN, expected.prediction_TN)
