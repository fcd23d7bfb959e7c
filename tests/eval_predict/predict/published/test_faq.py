import numpy as np
from worlds import factor_world, sampled_anew

from eval_predict import ScoreMatrix
from eval_predict.predict.published.faq import FAQ
from eval_predict.select.faq import FAQDesign

ITEMS = 80


WORLD = factor_world(np.random.default_rng(0).normal(size=36), ITEMS)


HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:30])


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
