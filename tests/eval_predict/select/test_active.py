import numpy as np
import pytest
from worlds import factor_world

from eval_predict import Observed, ScoreMatrix
from eval_predict.bench.runner import observe
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.design import Design

MODELS, ITEMS, DRAWS = 30, 90, 3000
WORLD = factor_world(np.random.default_rng(0).normal(size=MODELS + 8), ITEMS)
HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:MODELS])
TRUTH_TN = WORLD.scores_MN[MODELS:]


def _count_within_chance(drawn_N: np.ndarray, probability_N: np.ndarray, draws: int) -> None:
    """Each count within 4.5 standard errors of a binomial: 1 in 1,600 that any of 90 is not."""
    error_N = np.sqrt(probability_N * (1 - probability_N) / draws)
    assert (np.abs(drawn_N / draws - probability_N) <= 4.5 * error_N + 1e-12).all()


@pytest.mark.parametrize("design", [CoresetDesign(), ActiveDesign()], ids=["coreset", "active"])
def test_first_draws_have_the_probabilities_that_they_state(design: Design) -> None:
    design.fit(HISTORY)
    rng = np.random.default_rng(1)
    drawn_N, stated_N = np.zeros(ITEMS), np.zeros(ITEMS)
    for _ in range(DRAWS):
        selection = design.select(20, rng)
        items_n = selection.items_Tn[0]
        drawn_N[items_n] += 1
        assert ((stated_N[items_n] == 0) | (stated_N[items_n] == selection.probability_Tn[0])).all()
        stated_N[items_n] = selection.probability_Tn[0]
    assert stated_N.sum() == pytest.approx(20)
    _count_within_chance(drawn_N, stated_N, DRAWS)


@pytest.mark.parametrize("stages_before", [1, 2, 3, 4, 5])
def test_each_later_stage_draws_with_the_probabilities_that_it_states(stages_before: int) -> None:
    design = ActiveDesign(informative=False).fit(HISTORY)
    *before, batch = design.stages(36)[: stages_before + 1]
    observed = _staged(design, before)
    repeated = _repeated(observed, DRAWS)
    selection = design.next(repeated, batch, np.random.default_rng(2))
    drawn_N = np.bincount(selection.items_Tn.ravel(), minlength=ITEMS).astype(float)
    stated_N = np.zeros(ITEMS)
    stated_N[selection.items_Tn] = selection.probability_Tn
    assert (stated_N[observed.items_Tn[0]] == 0).all()
    # An item that is never drawn in 3,000 had less than 1 in 100.
    assert batch - 0.3 < stated_N.sum() <= batch + 1e-9
    _count_within_chance(drawn_N, stated_N, DRAWS)


def _staged(design: ActiveDesign, sizes: list[int]) -> Observed:
    rng = np.random.default_rng(3)
    observed = Observed.of(design.select(sizes[0], rng), TRUTH_TN[:1])
    for size in sizes[1:]:
        observed = observed.extend(design.next(observed, size, rng), TRUTH_TN[:1])
    return observed


def _repeated(observed: Observed, times: int) -> Observed:
    return observed.rows(np.zeros(times, np.intp))


@pytest.mark.parametrize("informative", [True, False])
@pytest.mark.parametrize("budget", [1, 2, 3, 7, 12, 50, 89])
def test_no_item_comes_twice_and_the_stages_are_kept(budget: int, informative: bool) -> None:
    design = ActiveDesign(informative).fit(HISTORY)
    stages = design.stages(budget)
    assert sum(stages) == budget
    assert min(stages) >= 1
    observed = observe(design, budget, TRUTH_TN, np.random.default_rng(budget))
    assert np.bincount(observed.stage_n).tolist() == stages
    for items_n in observed.items_Tn:
        assert len(set(items_n.tolist())) == budget


@pytest.mark.parametrize("budget", [13, 30, 60])
def test_the_first_three_stages_are_random_and_half_of_all_at_least(budget: int) -> None:
    design = ActiveDesign().fit(HISTORY)
    observed = observe(design, budget, TRUTH_TN, np.random.default_rng(0))
    random_Tn = observed.probability_Tn > 0
    assert random_Tn[:, observed.stage_n < 3].all()
    assert (2 * random_Tn.sum(axis=1) >= budget).all()
    assert (~random_Tn).any()


def test_only_items_of_targets_near_the_history_are_chosen() -> None:
    # The history's models score 0.2 to 0.45, and one target is far better than all of them.
    ability_M = np.concatenate([np.random.default_rng(0).normal(-1.2, 0.4, size=40), [-1.2, 5.0]])
    world = factor_world(ability_M, 300, seed=4)
    history = ScoreMatrix.from_array(world.scores_MN[:40])
    ratio_T = HistoryModel.of(history).beyond(world.scores_MN[40:].mean(axis=1)).ratio_T
    assert ratio_T[0] < 0.6
    assert ratio_T[1] > 1.2
    design = ActiveDesign().fit(history)
    for seed in range(5):
        observed = observe(design, 60, world.scores_MN[40:], np.random.default_rng(seed))
        chosen_T = np.isnan(observed.probability_Tn).sum(axis=1)
        assert chosen_T[0] > 20
        assert chosen_T[1] == 0


def test_without_choice_every_item_is_drawn() -> None:
    design = ActiveDesign(informative=False).fit(HISTORY)
    observed = observe(design, 40, TRUTH_TN, np.random.default_rng(0))
    assert (observed.probability_Tn > 0).all()


def test_later_draws_differ_between_targets_and_go_to_open_items() -> None:
    design = ActiveDesign(informative=False).fit(HISTORY)
    observed = observe(design, 40, TRUTH_TN, np.random.default_rng(0))
    first = observed.stage_n == 0
    assert (observed.items_Tn[:, first] == observed.items_Tn[0, first]).all()
    assert len({tuple(sorted(items_n)) for items_n in observed.items_Tn}) == len(TRUTH_TN)


@pytest.mark.parametrize("models", [1, 3])
def test_a_history_too_small_for_a_model_is_drawn_evenly(models: int) -> None:
    small = HISTORY.take_models(np.arange(models))
    design = ActiveDesign().fit(small)
    observed = observe(design, 30, np.tile(TRUTH_TN, (100, 1)), np.random.default_rng(0))
    left_n = ITEMS - np.cumsum([0, *design.stages(30)])[observed.stage_n]
    share_n = np.array(design.stages(30))[observed.stage_n] / left_n
    np.testing.assert_allclose(observed.probability_Tn, np.tile(share_n, (len(TRUTH_TN) * 100, 1)))


def test_models_without_scores_are_passed_over() -> None:
    scores_MN = np.concatenate([HISTORY.dense_MN(), np.full((1, ITEMS), np.nan)])
    whole, holed = (
        CoresetDesign().fit(history).select(20, np.random.default_rng(0))
        for history in (HISTORY, ScoreMatrix.from_array(scores_MN))
    )
    np.testing.assert_array_equal(whole.items_Tn, holed.items_Tn)
