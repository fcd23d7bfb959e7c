"""Collaborative filtering as published: thresholds that adapt, and no NaN ever."""

import numpy as np
import pytest
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.cf_debiased import DebiasedFilteringPredictor
from eval_predict.predict.predictor import Predictor
from eval_predict.predict.published.cf import CollaborativeFiltering
from eval_predict.predict.published.transport import RelatedTask
from eval_predict.select.design import RandomDesign

HISTORIES = {
    "four models": (np.random.default_rng(0).random((4, 30)) < 0.5) * 1.0,
    "constant": np.ones((12, 30)),
    "continuous": np.random.default_rng(1).random((12, 30)),
    "beyond the unit range": np.random.default_rng(2).normal(size=(12, 30)) * 40,
    "missing": np.where(
        np.random.default_rng(3).random((12, 30)) < 0.4,
        np.nan,
        (np.random.default_rng(4).random((12, 30)) < 0.5) * 1.0,
    ),
}


def sample(scores_TN: NDArray[np.float64], budget: int) -> Observed:
    design = RandomDesign().fit(ScoreMatrix.from_array(scores_TN))
    return Observed.of(design.select(budget, np.random.default_rng(7)), scores_TN)


@pytest.mark.parametrize("predictor", [CollaborativeFiltering(), DebiasedFilteringPredictor()])
@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("budget", [1, 2, 5, 29, 30])
def test_estimates_are_numbers_inside_their_bounds(
    predictor: Predictor, name: str, budget: int
) -> None:
    targets = HISTORIES["constant"] if name == "constant" else HISTORIES["continuous"]
    predictor.fit(ScoreMatrix.from_array(HISTORIES[name]))
    for estimate in predictor.predict_many(sample(targets, budget)):
        assert np.isfinite(estimate.value)
        assert estimate.low <= estimate.value <= estimate.high
        assert not any("failed" in warning for warning in estimate.warnings)


def test_a_twin_in_the_history_is_found_and_copied() -> None:
    rng = np.random.default_rng(0)
    twins = np.repeat(rng.integers(0, 2, (6, 40)), 3, axis=0).astype(float)
    observed = sample(twins[:1], 15)
    found = CollaborativeFiltering().fit(ScoreMatrix.from_array(twins)).predict(observed)
    assert found.value == pytest.approx(twins[0].mean(), abs=0.03)


def test_own_scores_decide_where_items_are_copies_and_models_mislead() -> None:
    # Items come in two kinds that always go together; no model is like the target, which is right
    # on one kind alone, so only its own scores can tell.
    rng = np.random.default_rng(1)
    first, second = np.array([1] * 7 + [0]), np.array([1, 1, 1, 1, 1, 1, 0, 1])
    kind = rng.random(50) < 0.5
    history = np.where(kind, first[:, None], second[:, None]).astype(float)
    target = np.where(kind, 1.0, 0.0)[None]
    found = (
        CollaborativeFiltering().fit(ScoreMatrix.from_array(history)).predict(sample(target, 20))
    )
    assert found.value == pytest.approx(kind.mean(), abs=1e-6)


def test_published_method_has_no_interval() -> None:
    scores = HISTORIES["four models"]
    found = (
        CollaborativeFiltering().fit(ScoreMatrix.from_array(scores)).predict(sample(scores[:1], 9))
    )
    assert (found.low, found.high) == (0, 1) or np.isinf([found.low, found.high]).all()


@pytest.mark.parametrize("predictor", [CollaborativeFiltering(), DebiasedFilteringPredictor()])
def test_order_of_models_and_items_changes_nothing(predictor: Predictor) -> None:
    rng = np.random.default_rng(5)
    history, target = (rng.random((20, 40)) < 0.6) * 1.0, (rng.random((1, 40)) < 0.6) * 1.0
    observed = sample(target, 12)
    models, items = rng.permutation(20), rng.permutation(40)
    where = np.argsort(items)
    moved = Observed(
        where[observed.items_Tn], observed.scores_Tn, observed.probability_Tn, observed.stage_n
    )
    found = predictor.fit(ScoreMatrix.from_array(history)).predict(observed)
    turned = predictor.fit(ScoreMatrix.from_array(history[models][:, items])).predict(moved)
    assert turned.value == pytest.approx(found.value, abs=1e-4)


def test_related_task_repairs_what_no_model_here_shows() -> None:
    # The target beats the history everywhere; only its scores on the related task say so.
    rng = np.random.default_rng(2)
    easy_N, easy_K = rng.normal(size=(2, 60))
    skill = rng.normal(size=(20, 1)) - 1
    history = ((skill + easy_N + rng.normal(size=(20, 60))) > 0) * 1.0
    there = ((skill + easy_K + rng.normal(size=(20, 60))) > 0) * 1.0
    target_N, target_K = (
        (2.5 + easy + rng.normal(size=(1, 60)) > 0) * 1.0 for easy in (easy_N, easy_K)
    )
    task = RelatedTask(ScoreMatrix.from_array(there), target_K)
    observed = sample(target_N, 6)
    target = ScoreMatrix.from_array(history)
    alone = CollaborativeFiltering().fit(target).predict(observed).value
    helped = CollaborativeFiltering([task]).fit(target).predict(observed).value
    assert abs(helped - target_N.mean()) < abs(alone - target_N.mean())
