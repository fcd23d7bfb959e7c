import numpy as np
import pytest
from numpy.typing import NDArray
from worlds import factor_world, sampled_anew

from eval_predict import Observed, ScoreMatrix, Selection
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.irt.stacking import CombinedPrediction
from eval_predict.predict.doubly_robust import doubly_robust
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.design import Design, RandomDesign
from eval_predict.stats.survey_weights import drawn_weights, stage_weights

ITEMS, BUDGET, DRAWS = 120, 40, 3000
HISTORY = ScoreMatrix.from_array(
    factor_world(np.random.default_rng(0).normal(-1, 0.8, size=25), ITEMS).scores_MN
)
MODEL = HistoryModel.of(HISTORY)
DESIGNS = {
    "random": RandomDesign(),
    "coreset": CoresetDesign(),
    "active": ActiveDesign(),
}


def _contrary() -> NDArray[np.float64]:
    """A target that is good where the history is bad, and fails the easiest items."""
    return (MODEL.mean_N_ < np.quantile(MODEL.mean_N_, 0.7)) * 1.0


def _strong() -> NDArray[np.float64]:
    return (np.random.default_rng(1).random(ITEMS) < 0.9) * 1.0


TARGETS = {"contrary": _contrary(), "strong": _strong()}


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> NDArray[np.float64]:
    """Predictions that are wrong by far and have not seen the target."""
    fixed_N = 0.8 * MODEL.mean_N_

    def predict(_: HistoryModel, observed: Observed, __: NDArray[np.float64]) -> CombinedPrediction:
        return CombinedPrediction(
            np.tile(fixed_N, (observed.shape[0], 1)), np.zeros(observed.shape)
        )

    monkeypatch.setattr("eval_predict.predict.doubly_robust.combined_prediction", predict)
    return fixed_N


def _bias(mean_T: NDArray[np.float64], truth_N: NDArray[np.float64]) -> tuple[float, float, float]:
    """The mean error, its standard error, and the standard deviation of the errors."""
    spread = float(mean_T.std())
    return float(mean_T.mean() - truth_N.mean()), spread / np.sqrt(len(mean_T)), spread


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", DESIGNS)
def test_the_mean_is_unbiased_however_wrong_the_predictions(
    fixed: NDArray[np.float64], name: str, target: str
) -> None:
    truth_N, design = TARGETS[target], DESIGNS[name].fit(HISTORY)
    assert truth_N.mean() - fixed.mean() > 0.4
    observed = sampled_anew(design, BUDGET, truth_N, DRAWS)
    found = doubly_robust(MODEL, observed, stage_weights(observed, ITEMS))
    bias, error, _ = _bias(found.mean_T, truth_N)
    assert abs(bias) < 3 * error


@pytest.mark.parametrize("target", TARGETS)
def test_weights_over_all_stages_leave_little_bias(fixed: NDArray[np.float64], target: str) -> None:
    # Later draws look at earlier scores, which leaves these weights without an exact mean of 1.
    truth_N = TARGETS[target]
    observed = sampled_anew(DESIGNS["active"].fit(HISTORY), BUDGET, truth_N, DRAWS)
    found = doubly_robust(MODEL, observed, drawn_weights(observed, MODEL.num_items))
    bias, error, spread = _bias(found.mean_T, truth_N)
    assert abs(bias) < 0.25 * spread + 3 * error
    assert 0.7 < np.sqrt(found.variance_T.mean()) / spread < 2


@pytest.mark.parametrize("name", DESIGNS)
def test_each_item_weighs_one_on_average(name: str) -> None:
    design = DESIGNS[name].fit(HISTORY)
    observed = sampled_anew(design, BUDGET, _contrary(), DRAWS)
    total_TN = np.zeros((DRAWS, ITEMS))
    np.put_along_axis(total_TN, observed.items_Tn, stage_weights(observed, ITEMS), axis=1)
    error_N = total_TN.std(axis=0) / np.sqrt(DRAWS)
    # 1 in 1,200 that any of 120 items is beyond.
    assert (np.abs(total_TN.mean(axis=0) - 1) <= 4.5 * error_N + 1e-9).all()


@pytest.mark.parametrize("name", DESIGNS)
def test_its_own_predictions_are_better_and_leave_little_bias(name: str) -> None:
    truth_N, design = _contrary(), DESIGNS[name].fit(HISTORY)
    observed = sampled_anew(design, BUDGET, truth_N, 1000)
    found = doubly_robust(MODEL, observed, drawn_weights(observed, MODEL.num_items))
    bias, error, spread = _bias(found.mean_T, truth_N)
    # What the history's models on average expect is off by more than 0.4.
    assert abs(bias) < max(0.25 * spread, 0.01) + 3 * error
    assert found.variance_T.mean() > 0.8 * spread**2


def test_with_exact_predictions_nothing_is_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    truth_N = _strong()
    monkeypatch.setattr(
        "eval_predict.predict.doubly_robust.combined_prediction",
        lambda _, observed, __: CombinedPrediction(truth_N[None].copy(), np.zeros(observed.shape)),
    )
    observed = sampled_anew(RandomDesign().fit(HISTORY), 20, truth_N, 1)
    found = doubly_robust(MODEL, observed, stage_weights(observed, ITEMS))
    assert found.mean_T[0] == pytest.approx(truth_N.mean())
    # Not certain all the same: as if one of 40 had erred by a half.
    assert found.variance_T[0] == pytest.approx((100 / 120 * 0.5 / 40) ** 2)


def test_even_weights_give_the_difference_estimator_by_hand(fixed: NDArray[np.float64]) -> None:
    truth_N = _strong()
    observed = sampled_anew(RandomDesign().fit(HISTORY), 20, truth_N, 5)
    error_Tn = observed.scores_Tn - fixed[observed.items_Tn]
    # Särndal, Swensson & Wretman 1992, eq. 6.3.4, with equal probabilities.
    expected_T = fixed.mean() + error_Tn.mean(axis=1)
    found = doubly_robust(MODEL, observed, np.full((5, 20), ITEMS / 20))
    np.testing.assert_allclose(found.mean_T, expected_T)


def test_items_without_weight_of_their_own_are_only_filled_in(fixed: NDArray[np.float64]) -> None:
    items_Tn, scores_Tn = np.array([[3, 4, 5]]), np.ones((1, 3))
    observed = Observed(items_Tn, scores_Tn, np.full((1, 3), np.nan), np.zeros(3, np.intp))
    found = doubly_robust(MODEL, observed, np.ones((1, 3)))
    filled_N = fixed.copy()
    filled_N[[3, 4, 5]] = 1.0
    assert found.mean_T[0] == pytest.approx(filled_N.mean())
    # As little known as a score in [0, 1] can be.
    assert found.variance_T[0] >= 0.25


def test_a_spotless_sample_is_not_certain() -> None:
    design: Design = RandomDesign().fit(HISTORY)
    for count in (1, 2, 10):
        observed = sampled_anew(design, count, np.ones(ITEMS), 3)
        found = doubly_robust(MODEL, observed, stage_weights(observed, ITEMS))
        assert (found.variance_T > (0.1 / (count + 1)) ** 2).all()


def test_graded_scores_leave_less_unknown_than_right_and_wrong_ones() -> None:
    rng = np.random.default_rng(0)
    item_N = rng.uniform(0.48, 0.52, 200)
    scores_MN = np.clip(item_N + rng.normal(0, 0.01, (21, 200)), 0, 1)
    model = HistoryModel().fit(ScoreMatrix.from_array(scores_MN[:20]))
    items_Tn = rng.permutation(200)[None, :20]
    observed = Observed.of(Selection(items_Tn, np.full((1, 20), 0.1)), scores_MN[20:])
    found = doubly_robust(model, observed, np.full((1, 20), 10.0))
    # 0/1 scores leave (180/200)² / 4 / 40² even where every error is 0.
    assert found.variance_T[0] < 0.81 / 4 / 40**2
    assert abs(found.mean_T[0] - scores_MN[20].mean()) < 4 * np.sqrt(found.variance_T[0])
