import numpy as np
import pytest
from worlds import factor_world

from eval_predict import Observed, ScoreMatrix
from eval_predict.bench.runner import observe
from eval_predict.select.active import ActiveDesign, CoresetDesign, StagedDesign
from eval_predict.select.design import Design
from eval_predict.select.pps import PPSDesign

MODELS, ITEMS, DRAWS = 30, 90, 3000
WORLD = factor_world(np.random.default_rng(0).normal(size=MODELS + 8), ITEMS)
HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:MODELS])
TRUTH_TN = WORLD.scores_MN[MODELS:]


def _count_within_random_error(drawn_N: np.ndarray, probability_N: np.ndarray, draws: int) -> None:
    """Each count within 4.5 standard errors of a binomial: 1 in 1,600 that any of 90 is not."""
    error_N = np.sqrt(probability_N * (1 - probability_N) / draws)
    assert (np.abs(drawn_N / draws - probability_N) <= 4.5 * error_N + 1e-12).all()


STAGED = pytest.mark.parametrize("design", [ActiveDesign(), PPSDesign()], ids=["active", "pps"])


@pytest.mark.parametrize(
    "design", [CoresetDesign(), ActiveDesign(), PPSDesign()], ids=["coreset", "active", "pps"]
)
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
    _count_within_random_error(drawn_N, stated_N, DRAWS)


@pytest.mark.parametrize(
    ("design", "stages_before"),
    [
        (ActiveDesign(), 1),
        (ActiveDesign(), 2),
        (ActiveDesign(), 3),
        (PPSDesign(), 1),
        (PPSDesign(), 5),
    ],
)
def test_each_later_stage_draws_with_the_probabilities_that_it_states(
    design: StagedDesign, stages_before: int
) -> None:
    design.fit(HISTORY)
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
    _count_within_random_error(drawn_N, stated_N, DRAWS)


def _staged(design: StagedDesign, sizes: list[int]) -> Observed:
    rng = np.random.default_rng(3)
    observed = Observed.of(design.select(sizes[0], rng), TRUTH_TN[:1])
    for size in sizes[1:]:
        observed = observed.extend(design.next(observed, size, rng), TRUTH_TN[:1])
    return observed


def _repeated(observed: Observed, times: int) -> Observed:
    return observed.rows(np.zeros(times, np.intp))


@STAGED
@pytest.mark.parametrize("budget", [1, 2, 3, 7, 12, 50, 89])
def test_no_item_comes_twice_and_the_stages_are_kept(budget: int, design: StagedDesign) -> None:
    design.fit(HISTORY)
    stages = design.stages(budget)
    assert sum(stages) == budget
    assert min(stages) >= 1
    observed = observe(design, budget, TRUTH_TN, np.random.default_rng(budget))
    assert np.bincount(observed.stage_n).tolist() == stages
    for items_n in observed.items_Tn:
        assert len(set(items_n.tolist())) == budget


@STAGED
def test_every_item_is_drawn_and_none_is_chosen(design: StagedDesign) -> None:
    design.fit(HISTORY)
    observed = observe(design, 40, TRUTH_TN, np.random.default_rng(0))
    assert (observed.probability_Tn > 0).all()


@STAGED
def test_later_draws_differ_between_targets(design: StagedDesign) -> None:
    design.fit(HISTORY)
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
