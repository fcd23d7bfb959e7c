import numpy as np
import pytest

from eval_predict.estimators import methods
from eval_predict.estimators.base import ScoreEstimator
from eval_predict.methods import METHODS

KINDS = [
    kind
    for kind in vars(methods).values()
    if isinstance(kind, type) and issubclass(kind, ScoreEstimator) and kind is not ScoreEstimator
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_estimator_is_a_method_of_the_bench(kind):
    assert kind._method_name in METHODS


def test_the_penalty_of_aipw_is_used():
    """A penalty without end leaves the plain mean; a small one follows the history."""
    rng = np.random.default_rng(0)
    history = (rng.random((30, 40)) < rng.random(40)).astype(float)
    target = history.mean(axis=0).round()
    observed = {str(item): target[item] for item in range(8)}

    def value(alpha):
        estimator = methods.AIPW(alpha).fit(history)
        return estimator.predict(observed).value

    plain = np.mean(list(observed.values()))
    assert value(1e12) == pytest.approx(plain, abs=1e-6)
    assert abs(value(0.1) - plain) > 0.01
