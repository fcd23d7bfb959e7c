"""Run a round on the previous round's items: the sampling error that both rounds share cancels."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed, Selection
from eval_predict.gain.inputs import ForecastInputs


class Draw(Protocol):
    """Draws `count` items, none of the closed ones."""

    def __call__(
        self,
        observed: Observed | None,
        closed_n: NDArray[np.intp],
        count: int,
        rng: np.random.Generator,
    ) -> Selection:
        """The items with the probabilities of their draw."""


def repeat_previous(inputs: ForecastInputs, seen_n: NDArray[np.intp], count: int) -> Selection:
    """Take up to `count` items of the previous round that the new one has not run, in order.

    Their inclusion probabilities are those of the previous round's draw, times the share of each
    stage that is repeated. Empty where the previous round was run on all items,
    because its mean is exact.
    """
    observed = inputs.previous.observed
    if inputs.is_full(inputs.previous):
        return Selection(np.empty((1, 0), np.intp), np.empty((1, 0)))
    left_n = ~np.isin(observed.items_Tn[0], seen_n)
    first_n = np.flatnonzero(left_n)[:count]
    probability_Tn = observed.probability_Tn[:, first_n].copy()
    stage_n = observed.stage_n[first_n]
    for stage in np.unique(stage_n):
        part = (stage_n == stage).sum() / (observed.stage_n == stage).sum()
        probability_Tn[:, stage_n == stage] *= part
    return Selection(observed.items_Tn[:, first_n], probability_Tn)


def repeat_then_draw(
    inputs: ForecastInputs,
    observed: Observed | None,
    count: int,
    rng: np.random.Generator,
    repeat: bool,
    draw: Draw,
) -> Selection:
    """The previous round's items first, if they are to be repeated; the rest is drawn."""
    seen_n = observed.items_Tn[0] if observed else np.empty(0, np.intp)
    again = repeat_previous(inputs, seen_n, count if repeat else 0)
    fresh = count - again.items_Tn.shape[1]
    if not fresh:
        return again
    drawn = draw(observed, np.concatenate([seen_n, again.items_Tn[0]]), fresh, rng)
    # In random order, so that a later round can repeat a random part of them.
    order_n = rng.permutation(fresh)
    return Selection(
        np.hstack([again.items_Tn, drawn.items_Tn[:, order_n]]),
        np.hstack([again.probability_Tn, drawn.probability_Tn[:, order_n]]),
    )
