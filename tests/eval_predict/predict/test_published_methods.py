"""What all methods of arXiv:2506.07673 share: no input breaks them, and order does not matter."""

import warnings

import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.aipw import AIPWPredictor
from eval_predict.predict.published.aipw import PublishedAIPW
from eval_predict.predict.published.anchor_points import AnchorPointsPredictor, AnchorPointsWeighted
from eval_predict.predict.published.double_optimize import DoubleOptimizeWeights
from eval_predict.predict.published.irt import GPIRT, PIRT
from eval_predict.predict.published.lasso import LassoRegression
from eval_predict.predict.published.mean_ridge import MeanRidge
from eval_predict.predict.published.pca import PCAImputation
from eval_predict.select.anchor_points import AnchorPointsDesign, PredictorAnchorsDesign
from eval_predict.select.design import RandomDesign
from eval_predict.select.double_optimize import DoubleOptimizeDesign
from eval_predict.select.irt_anchors import IRTAnchorsDesign
from eval_predict.select.lasso import LassoDesign
from eval_predict.select.random_search import RandomSearchDesign

METHODS = {
    "random_sampling_learn": (RandomDesign, MeanRidge),
    "random_search_learn": (lambda: RandomSearchDesign(tries=50), MeanRidge),
    "lasso": (LassoDesign, LassoRegression),
    "double_optimize": (DoubleOptimizeDesign, DoubleOptimizeWeights),
    "anchor_points_weighted": (AnchorPointsDesign, AnchorPointsWeighted),
    "anchor_points_predictor": (PredictorAnchorsDesign, AnchorPointsPredictor),
    "p_irt": (IRTAnchorsDesign, PIRT),
    "gp_irt": (IRTAnchorsDesign, GPIRT),
    "pca": (RandomDesign, PCAImputation),
    "aipw": (RandomDesign, AIPWPredictor),
    "aipw_published": (RandomDesign, PublishedAIPW),
}
every_method = pytest.mark.parametrize("method", METHODS)


def _world(kind, models, items=25, targets=2):
    rng = np.random.default_rng(0)
    ability, ease = rng.normal(size=(models + targets, 1)), rng.normal(size=items)
    scores = (rng.random((models + targets, items)) < 1 / (1 + np.exp(-ability - ease))) * 1.0
    history, target = scores[:models], scores[models:]
    if kind in ("zeros", "ones"):
        history[:] = target[:] = float(kind == "ones")
    elif kind == "history of zeros":
        history[:] = 0
    elif kind == "missing":
        history[rng.random(history.shape) < 0.3] = np.nan
    elif kind == "between":
        history[:], target[:] = (history + 0.3) / 1.6, (target + 0.3) / 1.6
    elif kind == "one model copied":
        history[:] = history[0]
    return ScoreMatrix.from_array(history), target


def _observed(history, target, items):
    items_Tn = np.broadcast_to(items, (len(target), len(items)))
    shape = items_Tn.shape
    return Observed(
        items_Tn,
        np.take_along_axis(target, items_Tn, axis=1),
        np.full(shape, np.nan),
        np.zeros(shape[1], dtype=np.intp),
    )


@every_method
@pytest.mark.parametrize("models", [1, 2, 4, 30])
@pytest.mark.parametrize(
    "kind", ["plain", "zeros", "ones", "history of zeros", "missing", "between", "one model copied"]
)
def test_any_history_and_budget_gives_numbers(method, models, kind):
    design, predictor = METHODS[method]
    history, target = _world(kind, models)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = predictor().fit(history)
        for budget in (2, 10, 24, 25):
            selection = design().fit(history).select(budget, np.random.default_rng(0))
            assert len(set(selection.items_Tn[0].tolist())) == budget
            for estimate in fitted.predict_many(Observed.of(selection, target)):
                assert 0 <= estimate.value <= 1
                assert estimate.low <= estimate.value <= estimate.high
                assert not any("failed" in warning for warning in estimate.warnings)


@every_method
def test_all_items_give_the_exact_mean(method):
    design, predictor = METHODS[method]
    history, target = _world("plain", 20)
    selection = design().fit(history).select(25, np.random.default_rng(0))
    estimates = predictor().fit(history).predict_many(Observed.of(selection, target))
    assert [estimate.value for estimate in estimates] == pytest.approx(target.mean(axis=1))
    assert [estimate.low for estimate in estimates] == [estimate.high for estimate in estimates]


@every_method
def test_the_order_in_which_items_ran_makes_no_difference(method):
    _, predictor = METHODS[method]
    history, target = _world("plain", 20)
    fitted = predictor().fit(history)
    forth = fitted.predict_many(_observed(history, target, np.arange(10)))
    back = fitted.predict_many(_observed(history, target, np.arange(10)[::-1]))
    assert [e.value for e in forth] == pytest.approx([e.value for e in back])
    assert [e.low for e in forth] == pytest.approx([e.low for e in back])


@every_method
def test_targets_may_be_observed_on_different_items(method):
    _, predictor = METHODS[method]
    history, target = _world("plain", 20)
    apart = np.array([np.arange(10), np.arange(10, 20)])
    observed = Observed(
        apart, np.take_along_axis(target, apart, axis=1), np.full((2, 10), 0.4), np.zeros(10, int)
    )
    fitted = predictor().fit(history)
    together = fitted.predict_many(observed)
    alone = [
        fitted.predict(_observed(history, target[t : t + 1], apart[t])).value for t in range(2)
    ]
    # PCA fills all targets of a call together.
    tolerance = 0.1 if method == "pca" else 1e-9
    assert [estimate.value for estimate in together] == pytest.approx(alone, abs=tolerance)


@every_method
def test_the_order_of_the_history_makes_no_difference(method):
    _, predictor = METHODS[method]
    history, target = _world("plain", 20)
    mixed = history.take_models(np.random.default_rng(5).permutation(20))
    observed = _observed(history, target, np.arange(10))
    values = [
        [estimate.value for estimate in predictor().fit(given).predict_many(observed)]
        for given in (history, mixed)
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-3)


@every_method
def test_the_seed_decides_the_items(method):
    design, _ = METHODS[method]
    fitted = design().fit(_world("plain", 20)[0])
    first, again = (fitted.select(6, np.random.default_rng(7)).items_Tn for _ in range(2))
    assert (first == again).all()
