"""A training whose loss explodes is refused, and one that only falls slowly is not."""

import math

import pytest
from training import train

from eval_predict.errors import UserError
from iwsi.train.divergence import check_losses

VOCABULARY = 489  # of the small model; ln 489 = 6.19


def _history(*losses):
    logged = [{"loss": loss, "step": step} for step, loss in enumerate(losses, 1)]
    return [*logged, {"train_runtime": 1.0, "train_loss": 3.0}]


@pytest.mark.parametrize("losses", [(6.2,), (57.0,), (9.0, 3.5), (math.inf,)])
def test_a_loss_that_rose_above_that_of_guessing_and_stayed_is_refused(losses):
    with pytest.raises(UserError, match=r"a training whose loss rose from 2\.58 to .* costs 6\.19"):
        check_losses(_history(2.58, 3.0, *losses), VOCABULARY)


@pytest.mark.parametrize(
    "losses",
    [
        (0.15, 0.2, 0.3),  # it rose, and no more than batches differ
        (2.58, 57.0, 2.5),  # it came back
        (57.0, 58.0),  # it knew nothing before
        (6.15, 6.3, 6.25),  # as good as nothing
        (0.15,),
        (),
    ],
)
def test_another_training_is_not(losses):
    check_losses(_history(*losses), VOCABULARY)


def test_a_learning_rate_that_is_far_too_high_leaves_no_adapter(tmp_path):
    adapter = tmp_path / "adapter"
    with pytest.raises(UserError, match=r"loss rose from .* Lower train\.learning_rate\."):
        train(adapter, "train.learning_rate=1")
    assert not adapter.exists()
