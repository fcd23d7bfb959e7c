import math
from statistics import NormalDist

import pytest

from eval_predict.gain.exceedance import probability_above
from eval_predict.stats.estimate import Estimate


def _estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 0.9, "any", 50)


def test_the_interval_is_read_as_a_normal_distributions() -> None:
    # A 90% interval of ±1.645 is that of a standard normal distribution.
    reach = NormalDist().inv_cdf(0.95)
    assert probability_above(_estimate(1.0, 1 - reach, 1 + reach), 0.0) == pytest.approx(
        NormalDist().cdf(1.0)
    )


def test_the_bound_towards_the_minimum_counts() -> None:
    wide_above = _estimate(0.02, 0.01, 0.2)
    assert probability_above(wide_above, 0.0) > 0.99
    assert probability_above(wide_above, 0.1) < 0.3


@pytest.mark.parametrize(("value", "probability"), [(0.1, 1.0), (0.0, 0.0), (-0.1, 0.0)])
def test_an_exact_estimate_is_above_or_not(value: float, probability: float) -> None:
    assert probability_above(_estimate(value, value, value), 0.0) == probability


def test_an_infinite_bound_leaves_the_probability_at_one_half() -> None:
    assert probability_above(_estimate(0.1, -math.inf, math.inf), 0.0) == 0.5
