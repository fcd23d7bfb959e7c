"""A training whose loss explodes: what it leaves answers worse than at random."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from eval_predict.errors import UserError

_ROSE = 1.5  # times the first loss


def check_losses(history: Sequence[Mapping[str, Any]], vocabulary: int) -> None:
    """Refuse a training whose loss exploded and did not come back to where it began.

    It exploded where it began below the loss of uniform guessing, and rose above it and by half of
    what it was: batches that differ do not do that, and a model that knew nothing does not either.

    Args:
        history: What the Trainer logged; entries with `loss` hold means over some steps, in nats a
            token.
        vocabulary: Tokens that a guess is among.

    Raises:
        UserError: names the losses.
    """
    losses = [float(entry["loss"]) for entry in history if "loss" in entry]
    guessing = math.log(vocabulary)
    if len(losses) < 2 or losses[0] >= guessing:
        return
    worst = max(losses)
    if worst >= max(guessing, _ROSE * losses[0]) and not losses[-1] <= losses[0]:
        raise UserError(
            got=f"a training whose loss rose from {losses[0]:.2f} to {worst:.2f} nats a token, "
            f"and was {losses[-1]:.2f} at its end",
            expected=f"a loss that falls; guessing among all tokens costs {guessing:.2f}",
            fix="Lower train.learning_rate.",
        )
