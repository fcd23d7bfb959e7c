import numpy as np
from worlds import factor_world

from eval_predict import ScoreMatrix
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.irt.sequential import Belief

ITEMS = 80


WORLD = factor_world(np.random.default_rng(0).normal(size=36), ITEMS)


HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:30])


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
