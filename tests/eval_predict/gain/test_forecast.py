import pytest

from eval_predict import Estimate
from eval_predict.gain.forecast import Forecast


def test_the_gain_of_the_items_alone_decides_how_likely_a_round_passes():
    score = Estimate(0.8, 0.7, 0.9, 0.9, "auto", 40, ())
    alone = Estimate(0.1, 0.0, 0.2, 0.9, "paired", 40, ())  # symmetric about 0.1
    forecast = Forecast(score, score, score, alone)
    assert forecast.probability_above(0.1) == pytest.approx(0.5)
    assert forecast.probability_above(0.0) == pytest.approx(0.95)
