import numpy as np
import pytest

from eval_predict.errors import UserError
from iwsi.filter.ds_weight import length_ds_weight
from iwsi.filter.select import largest_limit, select


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
