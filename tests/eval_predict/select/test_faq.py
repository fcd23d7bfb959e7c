import numpy as np
import pytest
from worlds import factor_world, sampled_anew

from eval_predict import ScoreMatrix
from eval_predict.bench.runner import observe
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.irt.sequential import Belief
from eval_predict.predict.published.faq import FAQ
from eval_predict.select.faq import FAQDesign

ITEMS = 80
WORLD = factor_world(np.random.default_rng(0).normal(size=36), ITEMS)
HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:30])
TRUTH_TN = WORLD.scores_MN[30:]


@pytest.mark.parametrize("learning", [0.0, 0.5])
def test_every_draw_states_probabilities_of_one_item_that_hold_an_even_share(
    learning: float,
) -> None:
    design = FAQDesign(learning=learning, warming=0.3).fit(HISTORY)
    observed = observe(design, 12, TRUTH_TN, np.random.default_rng(0))
    assert observed.stage_n.tolist() == list(range(12))
    left_n = ITEMS - np.arange(12)
    assert (observed.probability_Tn >= 0.25 / left_n - 1e-12).all()
    assert (observed.probability_Tn < 1).all()


def test_draws_happen_as_often_as_stated() -> None:
    design = FAQDesign().fit(HISTORY)
    design.stages(2)
    rng, counts_N, stated_N = np.random.default_rng(1), np.zeros(ITEMS), np.zeros(ITEMS)
    for _ in range(3000):
        selection = design.select(1, rng)
        counts_N[selection.items_Tn[0]] += 1
        stated_N[selection.items_Tn[0]] = selection.probability_Tn[0]
    error_N = np.sqrt(stated_N * (1 - stated_N) / 3000)
    assert (np.abs(counts_N / 3000 - stated_N) <= 4.5 * error_N + 0.001).all()


def test_the_estimate_is_unbiased_where_the_model_is_wrong_and_its_interval_covers() -> None:
    # A target that fails what is easiest for the history's models and nothing else.
    truth_N = (HISTORY.mean_N < np.quantile(HISTORY.mean_N, 0.8)) * 1.0
    observed = sampled_anew(FAQDesign().fit(HISTORY), 25, truth_N, 1500)
    estimates = FAQ().fit(HISTORY).predict_many(observed)
    value_T, low_T, high_T = np.array([(e.value, e.low, e.high) for e in estimates]).T
    error_T = value_T - truth_N.mean()
    # Values are cut at 1, which few of these reach.
    assert abs(error_T.mean()) < 3 * error_T.std() / np.sqrt(1500) + 0.002
    assert ((low_T <= truth_N.mean()) & (truth_N.mean() <= high_T)).mean() > 0.88


def test_a_belief_moves_as_one_newton_step_with_all_of_its_covariance() -> None:
    factors = HistoryModel.of(HISTORY).free_
    before = Belief.before(factors, 1)
    after = before.after(factors, np.array([5]), np.array([1.0]))
    loading_k = factors.loading_Nk_[5]
    probability = before.chances(factors)[0, 5]
    precision_kk = np.linalg.inv(before.covariance_Tkk[0])
    precision_kk = precision_kk + probability * (1 - probability) * np.outer(loading_k, loading_k)
    np.testing.assert_allclose(after.covariance_Tkk[0], np.linalg.inv(precision_kk), rtol=1e-6)
    step_k = np.linalg.solve(precision_kk, (1 - probability) * loading_k)
    np.testing.assert_allclose(after.mean_Tk[0], before.mean_Tk[0] + step_k, rtol=1e-6)
