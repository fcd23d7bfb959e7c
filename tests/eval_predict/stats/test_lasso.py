import numpy as np
import pytest

from eval_predict.stats.lasso import lasso_at, lasso_keeping


def _scores(models=30, items=60):
    rng = np.random.default_rng(0)
    ability, ease = rng.normal(size=(models, 1)), rng.normal(size=items)
    return (rng.random((models, items)) < 1 / (1 + np.exp(-ability - ease))).astype(float)


@pytest.mark.parametrize("budget", [2, 5, 10, 20])
def test_no_more_items_are_kept_than_the_budget(budget):
    sparse = lasso_keeping(_scores(), budget)
    assert 0 < sparse.kept <= budget
    assert sparse.kept == np.count_nonzero(sparse.weight_N)


def test_a_bigger_budget_means_no_higher_penalty():
    penalties = [lasso_keeping(_scores(), budget).alpha for budget in (2, 5, 10, 20)]
    assert penalties == sorted(penalties, reverse=True)


def test_nothing_is_kept_where_all_models_score_alike():
    assert lasso_keeping(np.ones((5, 8)), 3).kept == 0


def test_optimality_conditions_hold():
    # Karush-Kuhn-Tucker: |gradient| is at most alpha, and equal to it where there is weight.
    scores = _scores()
    target = scores.mean(axis=1)
    fitted = lasso_at(scores, target, 0.02)
    lead = scores - scores.mean(axis=0)
    left = target - target.mean() - lead @ fitted.weight_N
    gradient = left @ lead / len(scores)
    assert np.abs(gradient).max() < 0.021
    assert np.abs(gradient[fitted.weight_N != 0]) == pytest.approx(0.02, abs=1e-3)
