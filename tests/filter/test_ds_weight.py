import numpy as np
import pytest

from eval_predict.errors import UserError
from iwsi.filter.ds_weight import ds_weight, length_ds_weight


def test_ds_weight_is_the_ratio_to_the_validation_loss_turned_above_one():
    # mean validation loss 1: losses 2 and 1/2 are both a factor 2 away (arXiv:2408.09849).
    weights = ds_weight(np.array([2.0, 0.5, 1.0]), np.array([0.5, 1.5]))
    assert weights.tolist() == [2.0, 2.0, 1.0]


def test_ds_weight_is_at_least_one_and_symmetric_in_the_log_of_the_ratio():
    rng = np.random.default_rng(0)
    ratio = np.exp(rng.normal(size=1000))
    weights = ds_weight(ratio, np.array([1.0]))
    assert (weights >= 1).all()
    np.testing.assert_allclose(weights, ds_weight(1 / ratio, np.array([1.0])))


def test_a_candidate_without_loss_has_no_weight_and_one_with_zero_loss_an_infinite_one():
    weights = ds_weight(np.array([np.nan, 0.0, np.inf]), np.array([1.0]))
    assert np.isnan(weights[0])
    assert np.isinf(weights[1:]).all()


@pytest.mark.parametrize("losses", [[], [np.nan], [0.0], [np.inf]])
def test_a_validation_loss_that_is_missing_zero_or_infinite_is_refused(losses):
    with pytest.raises(UserError, match="validation"):
        ds_weight(np.array([1.0]), np.array(losses))


def test_the_expected_loss_at_a_length_is_that_of_rows_of_that_length():
    # Two lengths far apart beside the kernel's width; between them neither outweighs the other.
    weights = length_ds_weight(
        np.array([1.0, 2.0, 1.0, np.nan, 2.0]),
        np.array([1000, 1000, 10, 10, 10**6]),
        np.repeat([1.0, 2.0], 500),
        np.repeat([10, 1000], 500),
    )
    np.testing.assert_allclose(weights[:3], [2.0, 1.0, 1.0], rtol=1e-2)
    assert np.isnan(weights[3])
    assert weights[4] == pytest.approx(1.0)  # beyond all rows the nearest ones tell


def test_rows_of_one_length_give_the_plain_ds_weight():
    nll, validation = np.array([0.5, 1.0, 3.0]), np.array([0.8, 1.2, 1.3])
    weights = length_ds_weight(nll, np.array([5, 20, 90]), validation, np.array([30, 30, 30]))
    np.testing.assert_allclose(weights, ds_weight(nll, validation))
