import numpy as np
import pytest

from eval_predict.errors import UserError
from iwsi.filter.ds_weight import ds_weight, length_ds_weight
from iwsi.filter.select import largest_limit, select


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


def _select(reasons, weights, questions=None, keep=1.0, most=None):
    return list(
        select(
            np.array(reasons, dtype=object),
            np.arange(len(reasons)) if questions is None else np.array(questions),
            None if weights is None else np.array(weights, dtype=float),
            keep=keep,
            max_per_question=most,
        )
    )


def test_the_lowest_weights_are_kept():
    reasons = _select([None] * 5, [3, 1, 5, 2, 4], keep=0.6)
    assert reasons == [None, None, "high_ds_weight", None, "high_ds_weight"]


def test_the_share_is_of_what_the_vote_left():
    reasons = _select(["tie", None, "no_answer", None], [np.nan, 1, np.nan, 2], keep=0.5)
    assert reasons == ["tie", None, "no_answer", "high_ds_weight"]


def test_a_question_keeps_its_lowest_weights_up_to_the_limit():
    reasons = _select([None] * 5, [3, 1, 2, 9, 8], questions=[0, 0, 0, 1, 1], most=2)
    assert reasons == ["over_question_limit", None, None, None, None]


def test_without_weights_only_the_limit_applies_in_the_order_of_rows():
    assert _select([None] * 3, None, questions=[0, 0, 0], keep=0.1, most=2) == [
        None,
        None,
        "over_question_limit",
    ]


def test_a_loss_that_is_not_finite_drops_its_candidate():
    assert _select([None, None], [np.inf, 1.0]) == ["no_finite_loss", None]


@pytest.mark.parametrize("size", [1, 2, 7, 10, 1000])
@pytest.mark.parametrize("keep", [0.05, 0.5, 0.8, 1.0])
def test_the_number_kept_is_the_share_rounded_up(size, keep):
    weights = np.random.default_rng(size).random(size)
    kept = [i for i, reason in enumerate(_select([None] * size, weights, keep=keep)) if not reason]
    assert len(kept) == int(np.ceil(round(keep * size, 6)))
    dropped = sorted(set(range(size)) - set(kept))
    assert not dropped or max(weights[kept]) <= min(weights[dropped])


def test_the_input_is_left_as_it_was():
    reasons = np.array([None, None], dtype=object)
    select(reasons, np.array([0, 1]), np.array([1.0, 2.0]), keep=0.5, max_per_question=None)
    assert list(reasons) == [None, None]


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


def test_a_length_weight_without_validation_rows_is_refused():
    none = np.array([])
    with pytest.raises(UserError, match="validation"):
        length_ds_weight(np.ones(2), np.ones(2, int), none, none.astype(int))


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.77, 1.0])
def test_the_largest_limit_is_the_last_that_stays_within_the_share(keep):
    rng = np.random.default_rng(1)
    for _ in range(50):
        counts = rng.integers(1, 16, int(rng.integers(1, 40)))
        limit = largest_limit(counts, keep)
        kept = [np.minimum(counts, m).sum() for m in (limit, limit + 1)]
        assert kept[0] <= keep * counts.sum() or limit == 1
        assert kept[1] > keep * counts.sum() or limit == counts.max()
