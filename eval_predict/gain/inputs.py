"""Inputs of a forecast: the benchmark, earlier rounds, history and item features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError
from eval_predict.irt.factor_model import Floats


@dataclass(frozen=True, slots=True, eq=False)
class EarlierRound:
    """One round before the new one, and what was run of it.

    Attributes:
        name: `round-0` for the base, say.
        observed: one target (T = 1); all N items where the round was tested in full.
    """

    name: str
    observed: Observed


@dataclass(frozen=True, slots=True, eq=False)
class ItemFeatures:
    """Numbers measured on each item without running the new model.

    Attributes:
        names: F names.
        values_NF: (N, F) finite numbers, in the items' order.
    """

    names: tuple[str, ...]
    values_NF: Floats


@dataclass(frozen=True, slots=True, eq=False)
class ForecastInputs:
    """All inputs of a forecast, checked.

    Attributes:
        num_items: N.
        earlier: the base first, the previous round last.
        history: other models' scores on the same N items in the same order, or None.
        features: of the N items, or None.
    """

    num_items: int
    earlier: tuple[EarlierRound, ...]
    history: ScoreMatrix | None = None
    features: ItemFeatures | None = None

    @property
    def base(self) -> EarlierRound:
        """Round 0."""
        return self.earlier[0]

    @property
    def previous(self) -> EarlierRound:
        """The round before the new one."""
        return self.earlier[-1]

    def is_full(self, earlier: EarlierRound) -> bool:
        """Whether a round was run on every item."""
        return earlier.observed.shape[1] == self.num_items


def scores_by_item(observed: Observed, num_items: int) -> Floats:
    """One target's scores (N,) in the items' order, NaN where it was not run."""
    scores_N = np.full(num_items, np.nan)
    scores_N[observed.items_Tn[0]] = observed.scores_Tn[0]
    return scores_N


def check_inputs(
    num_items: int,
    earlier: Sequence[EarlierRound],
    history: ScoreMatrix | None,
    features: ItemFeatures | None,
) -> ForecastInputs:
    """Check the inputs and return them together.

    Raises:
        UserError: (a ValueError) without earlier rounds, and on items that do not match.
    """
    if not earlier:
        raise UserError(field="earlier", got="no round", expected="the base model's results first")
    for part in earlier:
        _check_round(part, num_items)
    if history is not None:
        if len(history.items) != num_items:
            raise UserError(
                field="history",
                got=f"{len(history.items)} items",
                expected=f"the benchmark's {num_items}, in its order",
            )
        low, high = history.range
        if low < 0 or high > 1:
            raise UserError(
                field="history", got=f"scores from {low:g} to {high:g}", expected="scores in [0, 1]"
            )
    if features is not None:
        expected = (num_items, len(features.names))
        if features.values_NF.shape != expected or not np.isfinite(features.values_NF).all():
            raise UserError(
                field="features",
                got=f"shape {features.values_NF.shape}, or a value that is not finite",
                expected=f"shape {expected}, all finite",
            )
    return ForecastInputs(num_items, tuple(earlier), history, features)


def _check_round(earlier: EarlierRound, num_items: int) -> None:
    observed = earlier.observed
    items_n = observed.items_Tn[0] if observed.shape[0] == 1 else np.empty(0, np.intp)
    if not items_n.size:
        raise UserError(
            field=earlier.name,
            got=f"{observed.shape[0]} targets, {observed.shape[1]} items",
            expected="one round with at least one item",
        )
    if items_n.min() < 0 or items_n.max() >= num_items or repeats(items_n):
        raise UserError(
            field=earlier.name,
            got="repeated items, or positions out of range",
            expected=f"positions among {num_items} items, each once",
        )
    check_scores(earlier.name, observed.scores_Tn)


def check_scores(field: str, scores: Floats) -> None:
    """Raise a UserError on scores that are not in [0, 1]."""
    if not (np.isfinite(scores).all() and scores.min() >= 0 and scores.max() <= 1):
        raise UserError(field=field, got="scores outside [0, 1]", expected="scores in [0, 1]")


def repeats(items_n: NDArray[np.intp]) -> bool:
    """Whether an item occurs twice."""
    return np.unique(items_n).size < items_n.size
