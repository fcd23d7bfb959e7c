import numpy as np
import pytest

from eval_predict import RandomSampling, UserError, evaluate

HISTORY = (np.random.default_rng(0).random((6, 40)) < 0.5).astype(float)


def _score_items(names):
    return [1.0 if int(name) % 2 else 0.0 for name in names]


def test_a_given_estimator_is_copied_and_keeps_its_level():
    estimator = RandomSampling(level=0.8)
    estimate = evaluate(HISTORY, _score_items, budget=10, method=estimator)
    assert (estimate.level, estimate.n_observed) == (0.8, 10)
    assert not hasattr(estimator, "history_")


def test_all_items_give_the_exact_mean():
    estimate = evaluate(HISTORY, _score_items, budget=1.0, method="random_sampling")
    assert (estimate.value, estimate.low, estimate.high) == (0.5, 0.5, 0.5)


def test_an_unknown_method_is_refused_with_the_nearest():
    with pytest.raises(UserError, match='Did you mean "random_sampling"'):
        evaluate(HISTORY, _score_items, method="random_samplin")
