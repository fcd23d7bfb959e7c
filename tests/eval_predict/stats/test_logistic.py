import math

import numpy as np
import pytest

from eval_predict.stats.logistic import logistic


def test_the_logistic_function_turns_log_odds_into_probabilities() -> None:
    assert logistic(0.0) == 0.5
    assert logistic(math.log(3)) == pytest.approx(0.75)  # odds of 3 to 1


def test_it_does_not_overflow_and_keeps_the_precision() -> None:
    with np.errstate(over="raise"):
        assert logistic(np.array([-1000.0, 1000.0])).tolist() == [0.0, 1.0]
    assert logistic(np.zeros(2, np.float32)).dtype == np.float32
