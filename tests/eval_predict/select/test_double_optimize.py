import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.select.double_optimize import DoubleOptimizeDesign


def _select(history, budget):
    fitted = DoubleOptimizeDesign().fit(history)
    return fitted.select(budget, np.random.default_rng(0))


def test_what_it_chooses_predicts_the_whole_score_better_than_most_random_choices():
    """A least-squares fit on its items, against the same on 30 random sets of as many."""
    rng = np.random.default_rng(1)
    scores_MN = rng.random((40, 3)) @ rng.random((3, 30)) / 3 + 0.2 * rng.random((40, 30))

    def error(items):
        features = np.c_[scores_MN[:, items], np.ones(40)]
        weight, *_ = np.linalg.lstsq(features, scores_MN.mean(axis=1), rcond=None)
        return np.abs(features @ weight - scores_MN.mean(axis=1)).mean()

    chosen = _select(ScoreMatrix.from_array(scores_MN), 5)
    random = [error(rng.permutation(30)[:5]) for _ in range(30)]
    assert error(chosen.items_Tn[0]) < np.median(random)
    assert np.isnan(chosen.probability_Tn).all()


def test_one_model_says_nothing_and_all_items_are_all_items():
    one = ScoreMatrix.from_array(np.ones((1, 6)))
    assert len(set(_select(one, 3).items_Tn[0].tolist())) == 3
    many = ScoreMatrix.from_array(np.random.default_rng(0).random((8, 6)))
    assert sorted(_select(many, 6).items_Tn[0].tolist()) == [0, 1, 2, 3, 4, 5]
