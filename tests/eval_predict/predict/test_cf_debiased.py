"""Debiased filtering: right on average and covered, even where every model in history errs."""

import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.cf_debiased import DebiasedFilteringPredictor
from eval_predict.predict.predictor import Predictor
from eval_predict.predict.published.cf import CollaborativeFiltering
from eval_predict.select.cf import ImportanceDesign, SimilarSpreadDesign
from eval_predict.select.design import AdaptiveDesign


def frontier(seed: int, items: int = 300) -> tuple[ScoreMatrix, np.ndarray]:
    """A history of 40 models, and 5 targets better than all of them (Rasch)."""
    rng = np.random.default_rng(seed)
    ease_N = rng.normal(size=items) * 1.5
    skill = np.concatenate([rng.normal(size=40) - 1, np.linspace(1.5, 2.5, 5)])
    scores = (rng.random((45, items)) < 1 / (1 + np.exp(-skill[:, None] - ease_N))) * 1.0
    return ScoreMatrix.from_array(scores[:40]), scores[40:]


def errors(design: AdaptiveDesign, predictor: Predictor, worlds: int) -> tuple[float, float, float]:
    """Bias, mean absolute error and coverage over simulated worlds, 40 of 300 items run."""
    error, covered = [], []
    for seed in range(worlds):
        rng = np.random.default_rng([seed, 1])
        history, targets_TN = frontier(seed)
        design.fit(history)
        first, *others = design.stages(40)
        observed = Observed.of(design.select(first, rng), targets_TN)
        for batch in others:
            observed = observed.extend(design.next(observed, batch, rng), targets_TN)
        for estimate, truth in zip(
            predictor.fit(history).predict_many(observed), targets_TN.mean(axis=1), strict=True
        ):
            error.append(estimate.value - truth)
            covered.append(estimate.low <= truth <= estimate.high)
    return float(np.mean(error)), float(np.abs(error).mean()), float(np.mean(covered))


def test_beyond_the_history_the_correction_removes_the_bias_of_the_published_method() -> None:
    published = errors(ImportanceDesign(), CollaborativeFiltering(), 60)
    debiased = errors(SimilarSpreadDesign(), DebiasedFilteringPredictor(), 60)
    assert abs(debiased[0]) < 0.01 < abs(published[0])
    assert debiased[1] < published[1]


def test_interval_covers_beyond_the_history() -> None:
    # 150 independent worlds; 0.95 less three binomial standard errors is 0.90, and Student's t is a
    # little short where a target is nearly always right.
    assert errors(SimilarSpreadDesign(), DebiasedFilteringPredictor(), 150)[2] > 0.90


def test_chosen_items_are_warned_of() -> None:
    history, targets_TN = frontier(0)
    selection = ImportanceDesign(rounds=1).fit(history).select(20, np.random.default_rng(0))
    estimates = (
        DebiasedFilteringPredictor().fit(history).predict_many(Observed.of(selection, targets_TN))
    )
    assert all("chosen, not drawn" in estimate.warnings[0] for estimate in estimates)


def test_constant_scores_still_have_a_width() -> None:
    history = ScoreMatrix.from_array(np.ones((6, 100)))
    drawn = SimilarSpreadDesign().fit(history).select(10, np.random.default_rng(0))
    estimate = (
        DebiasedFilteringPredictor().fit(history).predict(Observed.of(drawn, np.ones((1, 100))))
    )
    assert estimate.value == pytest.approx(1)
    assert estimate.low < 1
