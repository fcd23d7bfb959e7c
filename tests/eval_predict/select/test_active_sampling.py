import numpy as np
import pytest
from worlds import factor_world

from eval_predict import Observed, ScoreMatrix
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.select.active_sampling import (
    coreset_probability,
    most_informative,
    pilot_order,
    pilot_probability,
    target_size,
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


@pytest.mark.parametrize("count", [1, 12, 60, 119])
def test_first_draws_have_probabilities_that_sum_to_the_count(
    model: HistoryModel, count: int
) -> None:
    for probability_1N in (pilot_probability(model, count), coreset_probability(model, count)):
        assert probability_1N.shape == (1, ITEMS)
        assert probability_1N.sum() == pytest.approx(count)
        assert ((probability_1N > 0) & (probability_1N <= 1)).all()
    certain = (coreset_probability(model, count) == 1).sum()
    assert certain >= round(count / 10)


def test_items_whose_score_is_open_are_likelier(model: HistoryModel) -> None:
    probability_N = pilot_probability(model, 12)[0]
    open_N = np.abs(model.mean_N_ - 0.4)
    sure = np.argsort(open_N)[-20:]
    unsure = np.argsort(open_N)[:20]
    assert probability_N[unsure].min() > probability_N[sure].mean()
    # The floor: 0.3 of the mean size, of at most 1.3 in all.
    assert probability_N.min() > 0.2 * 12 / ITEMS


def test_a_history_that_differs_by_chance_alone_is_drawn_evenly() -> None:
    scores_MN = (np.random.default_rng(5).random((30, 200)) < 0.25) * 1.0
    chance = HistoryModel().fit(ScoreMatrix.from_array(scores_MN))
    np.testing.assert_allclose(pilot_probability(chance, 30), 0.15)
    np.testing.assert_allclose(coreset_probability(chance, 30), 0.15)
    observed = Observed(
        np.array([[1, 5]]), np.ones((1, 2)), np.full((1, 2), 0.01), np.zeros(2, int)
    )
    np.testing.assert_allclose(target_size(chance, observed), 1)


def test_seen_items_are_never_drawn_again(model: HistoryModel) -> None:
    items_Tn = np.stack([np.arange(20), np.arange(40, 60)])
    probability_TN = unseen_probability(target_size(model, _seen(items_Tn)), items_Tn, 9)
    assert (np.take_along_axis(probability_TN, items_Tn, axis=1) == 0).all()
    np.testing.assert_allclose(probability_TN.sum(axis=1), 9)


def test_the_order_holds_every_item_once(model: HistoryModel) -> None:
    for count in (1, 10, 119):
        assert sorted(pilot_order(model, count)) == list(range(ITEMS))


@pytest.mark.parametrize("count", [1, 5, 60])
def test_informative_items_are_new_and_different(model: HistoryModel, count: int) -> None:
    items_Tn = np.stack([np.arange(20), np.arange(40, 60), np.arange(60, 80)])
    chosen_Tc = most_informative(model, _seen(items_Tn), count, np.array([True, False, True]))
    for seen_n, chosen_c in zip(items_Tn, chosen_Tc, strict=True):
        assert len(set(chosen_c.tolist()) | set(seen_n.tolist())) == 20 + count


def test_the_first_informative_item_leaves_the_least_variance(model: HistoryModel) -> None:
    observed = _seen(np.arange(10)[None])
    (chosen,) = most_informative(model, observed, 1, np.array([False]))[0]
    factors = model.narrow_
    mean_1k, covariance_1kk = factors.posterior(observed.items_Tn, observed.scores_Tn)
    chance_N = factors.chance(factors.posterior(observed.items_Tn, observed.scores_Tn))[0]
    weight_N = chance_N * (1 - chance_N)
    unseen = np.arange(10, ITEMS)
    assert mean_1k.shape == (1, 3)

    def left(item: int) -> float:
        # The variance of the sum of all unseen scores but this one, once this one is known.
        precision_kk = np.linalg.inv(covariance_1kk[0])
        loading_k = factors.loading_Nk_[item]
        after_kk = np.linalg.inv(precision_kk + weight_N[item] * np.outer(loading_k, loading_k))
        slope_k = weight_N[unseen] @ factors.loading_Nk_[unseen]
        return float(slope_k @ after_kk @ slope_k - weight_N[item])

    assert chosen == min(unseen, key=left)
