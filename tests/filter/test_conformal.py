"""P-values among validation rows: the share they promise, and what they see."""

import numpy as np
import pytest

from eval_predict.errors import UserError
from iwsi.filter.conformal import conformal_p_values


def _texts(rng, size):
    tokens = rng.integers(10, 60, size)
    return rng.gamma(9, 1 / 9, size) * (1 + 5 / tokens), tokens


@pytest.mark.parametrize("rows", [10, 100])
@pytest.mark.parametrize("alpha", [0.1, 0.2])
def test_no_more_than_alpha_of_what_is_drawn_like_validation_rows_is_dropped(rows, alpha):
    dropped = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        p = conformal_p_values(*_texts(rng, 200), *_texts(rng, rows))
        dropped.append(np.mean(p <= alpha))
    error = np.std(dropped) / np.sqrt(len(dropped))
    assert np.mean(dropped) <= alpha + 3 * error
    assert np.mean(dropped) >= alpha / 2 - 1 / (rows + 1)  # or it would drop nothing at all


def test_a_p_value_is_a_share_of_the_rows_and_least_far_out():
    rng = np.random.default_rng(1)
    loss, tokens = _texts(rng, 40)
    p = conformal_p_values(np.r_[50.0, loss[:3]], np.r_[20, tokens[:3]], loss, tokens)
    assert p[0] == 1 / 41
    np.testing.assert_allclose(p * 41, np.round(p * 41))
    assert p.max() <= 1


def test_what_was_not_scored_has_none_and_the_others_keep_theirs():
    rng = np.random.default_rng(2)
    rows, loss, tokens = _texts(rng, 30), *_texts(rng, 5)
    whole = conformal_p_values(loss, tokens, *rows)
    loss[2] = np.nan
    part = conformal_p_values(loss, tokens, *rows)
    assert np.isnan(part[2])
    np.testing.assert_array_equal(np.delete(part, 2), np.delete(whole, 2))


def test_rows_of_one_length_are_compared_by_their_loss():
    loss = np.linspace(1, 2, 30)
    p = conformal_p_values(np.array([1.5, 9.0]), np.array([10, 10]), loss, np.full(30, 10))
    assert p[0] > 0.5
    assert p[1] == 1 / 31


def test_one_row_is_too_few():
    with pytest.raises(UserError, match="validation"):
        conformal_p_values(np.ones(2), np.ones(2, int), np.ones(1), np.ones(1, int))
