import numpy as np
import pytest

from eval_predict.data.observed import Observed
from eval_predict.predict.weighted_mean import weighted_prediction
from eval_predict.stats.intervals import UNIT, mean_bounds


def _observed(scores, probability):
    n = len(scores)
    return Observed(
        np.arange(n)[None],
        np.array([scores], float),
        np.array([probability], float),
        np.zeros(n, int),
    )


def test_an_even_draw_gives_the_plain_mean_and_its_interval():
    observed = _observed([1, 0, 1, 1], [0.1] * 4)
    found = weighted_prediction(observed, 40, 0.9, UNIT)
    low_T, high_T = mean_bounds(observed.scores_Tn, 0.9, 40, UNIT)
    assert (found.value_T[0], found.low_T[0], found.high_T[0]) == (0.75, low_T[0], high_T[0])
    assert found.warnings == ("fewer than 4 models in the history: the sample mean",)


def test_an_uneven_draw_is_weighted_by_one_over_the_probability():
    """Hájek by hand: (1/0.1 + 0/0.5 + 1/0.5) / (1/0.1 + 1/0.5 + 1/0.5) = 12/14."""
    found = weighted_prediction(_observed([1, 0, 1], [0.1, 0.5, 0.5]), 30, 0.95, UNIT)
    assert found.value_T[0] == pytest.approx(12 / 14)
    assert 0 <= found.low_T[0] < 12 / 14 < found.high_T[0] <= 1


def test_items_that_were_chosen_count_as_an_even_draw_with_a_warning():
    found = weighted_prediction(_observed([1, 0], [np.nan, np.nan]), 30, 0.95, UNIT)
    assert found.value_T[0] == 0.5
    assert found.warnings[-1] == "no item was drawn at random: the items count as an even draw"
