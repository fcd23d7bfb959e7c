import numpy as np
import pytest

from eval_predict import ScoreMatrix, UserError
from eval_predict.data.observed import Observed, Selection
from eval_predict.predict.predictor import Predictor, without_interval

HISTORY = ScoreMatrix.from_array((np.random.default_rng(0).random((6, 10)) < 0.5) * 1.0)


class Constant(Predictor):
    """Answers with one number, or fails."""

    name = "constant"

    def __init__(self, value=0.25, *, fails=False):
        self.value, self.fails = value, fails

    def _fit(self, history):
        pass

    def _predict(self, observed, level):
        if self.fails:
            raise np.linalg.LinAlgError("singular")
        return without_interval(np.full(observed.shape[0], self.value), "no interval")


def _observed(items, value=1.0):
    draw = Selection(np.array([items]), np.full((1, len(items)), 0.5))
    return Observed.of(draw, np.full((1, 10), value))


def test_a_method_without_an_interval_has_infinite_bounds_and_its_warning():
    estimate = Constant().fit(HISTORY).predict(_observed([0, 1]))
    assert estimate.value == 0.25
    assert (estimate.low, estimate.high) == (-np.inf, np.inf)
    assert "no interval" in estimate.warnings


def test_all_items_give_their_exact_mean_whatever_the_method_says():
    estimate = Constant().fit(HISTORY).predict(_observed(list(range(10))))
    assert (estimate.value, estimate.low, estimate.high) == (1.0, 1.0, 1.0)


def test_a_value_beyond_the_scale_is_brought_inside():
    assert Constant(1.5).fit(HISTORY).predict(_observed([0, 1])).value <= 1.0


def test_an_unfitted_method_and_scores_of_another_scale_are_refused():
    with pytest.raises(UserError, match="fit"):
        Constant().predict(_observed([0]))
    with pytest.raises(UserError, match="scores in"):
        Constant().fit(HISTORY).predict(_observed([0, 1], value=50.0))


def test_predict_takes_one_target():
    draw = Selection(np.array([[0, 1]]), np.array([[0.5, 0.5]]))
    with pytest.raises(UserError, match="expected 1 target"):
        Constant().fit(HISTORY).predict(Observed.of(draw, np.ones((2, 10))))
