import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import METHODS, UserError
from eval_predict.items.efficiency import error_ratio


def test_the_mean_of_a_random_sample_is_no_better_than_itself():
    """Eight targets, three draws each: a ratio of variances of 24 values lies near 1."""
    ratio = error_ratio(
        rasch_world(20, 100), METHODS["random_sampling"], 30, np.random.default_rng(0)
    )
    assert 0.4 < ratio < 2.5


def test_too_few_models_are_refused():
    with pytest.raises(UserError, match="method"):
        error_ratio(rasch_world(4, 50), METHODS["aipw"], 10, np.random.default_rng(0))
