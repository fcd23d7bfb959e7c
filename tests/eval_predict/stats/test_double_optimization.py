import numpy as np
import pytest

from eval_predict.stats.double_optimization import _onto_choices, choose, weigh


def _scores(seed=0, models=30, items=50):
    rng = np.random.default_rng(seed)
    ability, ease = rng.normal(size=(models, 1)), rng.normal(size=items)
    return (rng.random((models, items)) < 1 / (1 + np.exp(-ability - ease))).astype(float)


@pytest.mark.parametrize("budget", [1, 7, 20])
def test_choices_stay_in_range_and_keep_their_sum(budget):
    values = np.random.default_rng(0).normal(size=20)
    projected = _onto_choices(values, budget)
    assert projected.min() >= 0
    assert projected.max() <= 1
    assert projected.sum() == pytest.approx(budget, abs=1e-4)


def test_as_many_distinct_items_are_chosen_as_asked():
    items = choose(_scores(), 10, np.random.default_rng(0))
    assert len(set(items.tolist())) == 10


def test_the_seed_decides_the_choice():
    first, again = (choose(_scores(), 10, np.random.default_rng(3)) for _ in range(2))
    assert (first == again).all()


def test_weights_make_up_for_items_that_are_too_hard():
    scores = _scores()
    items = np.argsort(scores.mean(axis=0))[:20]
    weight = weigh(scores[:, items], scores.mean(axis=1))
    gap = scores[:, items] @ weight / 20 - scores.mean(axis=1)
    plain = scores[:, items].mean(axis=1) - scores.mean(axis=1)
    assert np.abs(gap).mean() < 0.8 * np.abs(plain).mean()
