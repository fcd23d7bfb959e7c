"""Designs of collaborative filtering: what they choose, and that what is drawn is a sample."""

import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.select.cf import (
    ImportanceDesign,
    SimilarSpreadDesign,
    split_evenly,
)
from eval_predict.select.design import AdaptiveDesign
from eval_predict.stats.survey_weights import stage_weights


def world(models: int = 30, items: int = 80, seed: int = 0) -> ScoreMatrix:
    rng = np.random.default_rng(seed)
    margin = rng.normal(size=(models, 1)) * 1.5 - rng.normal(size=items) * 1.5
    return ScoreMatrix.from_array((rng.random((models, items)) < 1 / (1 + np.exp(-margin))) * 1.0)


def run(
    design: AdaptiveDesign, targets: ScoreMatrix, budget: int, rng: np.random.Generator
) -> Observed:
    scores_TN = targets.filled_MN()
    first, *others = design.stages(budget)
    observed = Observed.of(design.select(first, rng), scores_TN)
    for batch in others:
        observed = observed.extend(design.next(observed, batch, rng), scores_TN)
    return observed


@pytest.mark.parametrize("design", [ImportanceDesign(), SimilarSpreadDesign()])
@pytest.mark.parametrize("budget", [1, 2, 3, 7, 79, 80])
def test_each_target_gets_the_budget_and_no_item_twice(design: AdaptiveDesign, budget: int) -> None:
    observed = run(design.fit(world()), world(5, seed=1), budget, np.random.default_rng(0))
    assert sum(design.stages(budget)) == budget
    assert observed.items_Tn.shape == (5, budget)
    assert all(len(set(items)) == budget for items in observed.items_Tn)


def test_probe_set_is_the_items_of_highest_variance() -> None:
    history = world()
    selection = ImportanceDesign().fit(history).select(10, np.random.default_rng(0))
    variance_N = history.filled_MN().var(axis=0)
    assert variance_N[selection.items_Tn[0]].min() >= np.sort(variance_N)[-10] - 1e-5
    assert np.isnan(selection.probability_Tn).all()


def test_next_items_split_the_models_that_are_like_the_target() -> None:
    # Half of the models are the target's kin: they differ on item 8 alone, the others on item 9.
    base = np.tile([1.0, 0, 1, 0, 1, 0, 1, 0, 1, 1], (10, 1))
    base[5:] = 1 - base[5:]
    base[:2, 8] = 0
    base[5:7, 9] = 1
    design = ImportanceDesign(similar=0.5).fit(ScoreMatrix.from_array(base))
    items_Tn = np.tile(np.arange(8), (2, 1))
    scores_Tn = base[[0, 9]][:, :8]
    observed = Observed(items_Tn, scores_Tn, np.full((2, 8), np.nan), np.zeros(8, np.intp))
    found = design.next(observed, 1, np.random.default_rng(0))
    np.testing.assert_array_equal(found.items_Tn, [[8], [9]])


def test_no_iteration_is_one_stage() -> None:
    assert ImportanceDesign(rounds=1).stages(50) == [50]


def test_draws_happen_as_often_as_their_probabilities_say() -> None:
    history, rng = world(), np.random.default_rng(5)
    design = SimilarSpreadDesign().fit(history)
    one = run(design, world(1, seed=2), 10, rng)
    first = Observed(
        one.items_Tn[:, :3], one.scores_Tn[:, :3], one.probability_Tn[:, :3], one.stage_n[:3]
    )
    count_N, stated_N = np.zeros(80), np.zeros(80)
    for _ in range(2000):
        new = design.next(first, 6, rng)
        count_N[new.items_Tn[0]] += 1
        stated_N[new.items_Tn[0]] = new.probability_Tn[0]
    assert np.abs(count_N / 2000 - stated_N).max() < 4 * np.sqrt(0.25 / 2000)


def test_weighted_mean_of_the_sample_is_unbiased() -> None:
    history, targets, rng = world(), world(4, seed=3), np.random.default_rng(6)
    design = SimilarSpreadDesign().fit(history)
    sums = []
    for _ in range(500):
        observed = run(design, targets, 12, rng)
        sums.append((stage_weights(observed, 80) * observed.scores_Tn).sum(axis=1) / 80)
    error = np.std(sums, axis=0) / np.sqrt(500)
    assert (np.abs(np.mean(sums, axis=0) - targets.mean_M) < 4 * error).all()


def test_splits_are_as_even_as_may_be_and_never_empty() -> None:
    assert split_evenly(10, 4) == [2, 3, 3, 2]
    assert split_evenly(2, 4) == [1, 1]
    assert split_evenly(0, 4) == []
