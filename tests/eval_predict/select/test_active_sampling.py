import numpy as np
import pytest
from worlds import factor_world

from eval_predict import Observed, ScoreMatrix
from eval_predict.irt.constants import AUTO
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.select.active_sampling import (
    first_order,
    first_probability,
    later_size,
    unseen_probability,
)

MODELS, ITEMS = 30, 120
WORLD = factor_world(np.random.default_rng(0).normal(size=MODELS + 6), ITEMS)
HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:MODELS])
TRUTH_TN = WORLD.scores_MN[MODELS:]


@pytest.fixture(scope="module")
def model() -> HistoryModel:
    return HistoryModel.of(HISTORY)


def _seen(items_Tn: np.ndarray) -> Observed:
    scores_Tn = np.take_along_axis(TRUTH_TN[: len(items_Tn)], items_Tn, axis=1)
    stage_n = np.zeros(items_Tn.shape[1], np.intp)
    return Observed(items_Tn, scores_Tn, np.full(items_Tn.shape, 0.1), stage_n)


def _first(model: HistoryModel, count: int) -> np.ndarray:
    return first_probability(model, count, AUTO.staging.first)


@pytest.mark.parametrize("count", [1, 12, 60, 119])
def test_first_draws_have_probabilities_that_sum_to_the_count(
    model: HistoryModel, count: int
) -> None:
    for probability_1N in (
        _first(model, count),
        first_probability(model, count, AUTO.one_shot_sizes),
    ):
        assert probability_1N.shape == (1, ITEMS)
        assert probability_1N.sum() == pytest.approx(count)
        assert ((probability_1N > 0) & (probability_1N <= 1)).all()


def test_items_whose_score_is_uncertain_are_likelier(model: HistoryModel) -> None:
    probability_N = _first(model, 12)[0]
    uncertain_N = np.abs(model.mean_N_ - 0.4)
    sure = np.argsort(uncertain_N)[-20:]
    unsure = np.argsort(uncertain_N)[:20]
    assert probability_N[unsure].min() > probability_N[sure].mean()
    # The even share: six tenths of each probability follow nothing.
    assert probability_N.min() > 0.6 * 12 / ITEMS


def test_later_sizes_keep_an_even_quarter_and_follow_the_target(model: HistoryModel) -> None:
    items_Tn = np.stack([np.arange(40), np.arange(40)])
    observed = Observed(
        items_Tn,
        np.stack([np.ones(40), np.zeros(40)]),
        np.full((2, 40), 0.1),
        np.zeros(40, np.intp),
    )
    size_TN = later_size(model, observed, AUTO.staging)
    np.testing.assert_allclose(size_TN.mean(axis=1), 1)
    assert size_TN.min() >= 0.25
    # Hard items are uncertain for a target that has all right, easy ones for one that has none.
    hard_N = model.mean_N_ < np.quantile(model.mean_N_, 0.2)
    assert size_TN[0, hard_N].mean() > size_TN[1, hard_N].mean()


def test_a_history_that_differs_by_chance_alone_is_drawn_evenly() -> None:
    scores_MN = (np.random.default_rng(5).random((30, 200)) < 0.25) * 1.0
    fitted = HistoryModel().fit(ScoreMatrix.from_array(scores_MN))
    np.testing.assert_allclose(_first(fitted, 30), 0.15)
    np.testing.assert_allclose(first_probability(fitted, 30, AUTO.one_shot_sizes), 0.15)
    observed = Observed(
        np.array([[1, 5]]), np.ones((1, 2)), np.full((1, 2), 0.01), np.zeros(2, int)
    )
    np.testing.assert_allclose(later_size(fitted, observed, AUTO.staging), 1)


def test_seen_items_are_never_drawn_again(model: HistoryModel) -> None:
    items_Tn = np.stack([np.arange(20), np.arange(40, 60)])
    probability_TN = unseen_probability(
        later_size(model, _seen(items_Tn), AUTO.staging), items_Tn, 9
    )
    assert (np.take_along_axis(probability_TN, items_Tn, axis=1) == 0).all()
    np.testing.assert_allclose(probability_TN.sum(axis=1), 9)


def test_the_order_holds_every_item_once(model: HistoryModel) -> None:
    for count in (1, 10, 119):
        assert sorted(first_order(model, count)) == list(range(ITEMS))
