import pytest

from eval_predict.gain.peeking import peeking_factor


def test_looking_on_the_way_widens_an_interval_and_the_last_look_does_not() -> None:
    assert peeking_factor(40, 400, 0.9) == pytest.approx(1.7, abs=0.2)
    assert peeking_factor(400, 400, 0.9) == 1.0


def test_the_factor_is_least_at_the_usual_share() -> None:
    usual = peeking_factor(40, 400, 0.9)
    assert peeking_factor(10, 400, 0.9) > usual
    assert peeking_factor(300, 400, 0.9) > usual
