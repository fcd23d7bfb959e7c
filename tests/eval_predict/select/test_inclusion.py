import numpy as np
from worlds import factor_world, sampled_anew

from eval_predict import Observed, ScoreMatrix
from eval_predict.bench.runner import observe
from eval_predict.irt.constants import AUTO
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.inclusion import design_weights
from eval_predict.select.pps import PPSDesign
from eval_predict.stats.survey_weights import stage_weights

ITEMS = 120
WORLD = factor_world(np.random.default_rng(0).normal(size=36), ITEMS)
HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:30])
MODEL = HistoryModel.of(HISTORY)
TRUTH_TN = WORLD.scores_MN[30:]


def test_each_item_weighs_about_one_on_average_over_all_draws() -> None:
    draws = 1000
    observed = sampled_anew(ActiveDesign().fit(HISTORY), 40, TRUTH_TN[0], draws)
    total_TN = np.zeros((draws, ITEMS))
    np.put_along_axis(
        total_TN, observed.items_Tn, design_weights(MODEL, observed, AUTO.staging), axis=1
    )
    # Later probabilities have seen the scores, so that the mean is near 1 and not at it.
    error_N = total_TN.std(axis=0) / np.sqrt(draws)
    assert (np.abs(total_TN.mean(axis=0) - 1) < 0.15 + 4 * error_N).all()
    assert abs(total_TN.mean() - 1) < 0.01


def test_two_stages_by_hand() -> None:
    design, rng = ActiveDesign().fit(HISTORY), np.random.default_rng(0)
    first = Observed.of(design.select(15, rng), TRUTH_TN[:1])
    both = first.extend(design.next(first, 10, rng), TRUTH_TN[:1])
    pi_1 = design._probability(MODEL, 15)[0]
    pi_2 = design._later(MODEL, first, 10)[0][0]
    weight_n = design_weights(MODEL, both, AUTO.staging)[0]
    for item, weight, stage in zip(both.items_Tn[0], weight_n, both.stage_n, strict=True):
        if stage == 1:
            inclusion = pi_1[item] + (1 - pi_1[item]) * pi_2[item]
            np.testing.assert_allclose(weight, 1 / inclusion)


def test_other_draws_are_weighted_by_the_exact_rule_of_stages() -> None:
    pps = observe(PPSDesign().fit(HISTORY), 40, TRUTH_TN, np.random.default_rng(0))
    np.testing.assert_allclose(design_weights(MODEL, pps, AUTO.staging), stage_weights(pps, ITEMS))
    once = observe(CoresetDesign().fit(HISTORY), 40, TRUTH_TN, np.random.default_rng(0))
    np.testing.assert_allclose(design_weights(MODEL, once, AUTO.staging), 1 / once.probability_Tn)


def test_one_changed_probability_is_noticed() -> None:
    observed = observe(ActiveDesign().fit(HISTORY), 40, TRUTH_TN, np.random.default_rng(0))
    stated_Tn = observed.probability_Tn.copy()
    stated_Tn[0, -1] *= 1.01
    changed = Observed(observed.items_Tn, observed.scores_Tn, stated_Tn, observed.stage_n)
    unchanged, other = (
        design_weights(MODEL, observed, AUTO.staging),
        design_weights(MODEL, changed, AUTO.staging),
    )
    assert not np.allclose(unchanged[0], other[0])
    np.testing.assert_allclose(unchanged[1:], other[1:])
