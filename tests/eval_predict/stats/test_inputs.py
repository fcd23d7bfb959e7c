import numpy as np
import pytest

from eval_predict.errors import UserError
from eval_predict.stats.inputs import check_level, is_binary, limits_of, score_vector


def test_scores_within_0_and_1_have_these_limits_and_others_none():
    assert limits_of(np.array([0.0, 0.5]), None) is not None
    assert limits_of(np.array([0.0, 5.0]), None) is None
    assert limits_of(np.array([0.0, 5.0]), (0, 10)).span == 10


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, 4)])
def test_limits_that_do_not_hold_the_scores_are_refused(limits):
    with pytest.raises(UserError, match="limits"):
        limits_of(np.array([0.0, 5.0]), limits)


def test_only_zeros_and_ones_are_binary():
    assert is_binary(np.array([0.0, 1.0]))
    assert not is_binary(np.array([0.0, 0.5]))


@pytest.mark.parametrize("values", [[], [[1.0]], [1.0, np.nan], ["a"]])
def test_what_is_no_vector_of_numbers_is_refused(values):
    with pytest.raises(UserError, match="scores"):
        score_vector("scores", values)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_probability(level):
    with pytest.raises(UserError, match="between 0 and 1"):
        check_level(level)
