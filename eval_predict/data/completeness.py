"""Whether the given rows are all rows of a draw, or its first ones."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.checks import Finding, Kind
from eval_predict.errors import UserError

Floats = NDArray[np.float64]


class Completed(NamedTuple):
    """Probabilities that hold for the given rows, and warnings."""

    probability_n: Floats
    findings: tuple[Finding, ...]


def check_complete(
    probability_n: Floats,
    stage_n: NDArray[np.intp],
    order_n: Sequence[int],
    drawn_n: Sequence[int],
) -> Completed:
    """Compare the given rows with how many each draw had.

    A draw lists its items in random order. The first k of n are a random draw too, with
    each item's probability times k/n. Other rows may not be missing: which ones are may
    depend on the answers.

    Args:
        probability_n: of each row, just before its draw.
        stage_n: each row's draw.
        order_n: each row's place in its draw, from 0.
        drawn_n: how many items its draw had.

    Raises:
        UserError: (a ValueError) on a draw with rows missing or added.
    """
    probability_n, findings = probability_n.copy(), []
    stages = np.unique(stage_n)
    for stage in stages:
        in_stage = stage_n == stage
        places = sorted(np.asarray(order_n)[in_stage].tolist())
        count, drawn = len(places), int(np.asarray(drawn_n)[in_stage].max())
        if count == drawn and places == list(range(drawn)):
            continue
        if stage != stages[-1] or places != list(range(count)) or count > drawn:
            raise _incomplete(int(stage), count, drawn)
        probability_n[in_stage] *= count / drawn
        findings.append(
            Finding(Kind.STOPPED, f"the first {count} of {drawn} items of draw {stage} were run")
        )
    return Completed(probability_n, tuple(findings))


def _incomplete(stage: int, count: int, drawn: int) -> UserError:
    if count > drawn:
        return UserError(
            field="item",
            got=f"{count} rows of draw {stage}, which had {drawn} items",
            expected="the rows of one draw",
            fix="Leave out rows that another `select` wrote.",
        )
    return UserError(
        field="item",
        got=f"{drawn - count} of the {drawn} items of draw {stage} are missing",
        expected="a score for each, or for the first ones in the order of the draw",
        fix="Run the missing items, and score an item that the model could not answer as wrong."
        " An estimate from the other rows alone would be biased.",
    )
