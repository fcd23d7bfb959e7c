"""Observed items: the data between a design, the person who runs the items, and a predictor."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Items to run next for T target models.

    Attributes:
        items_Tn: (T, n) positions among the N items, no position twice in a row; T is 1 where the
            same items are meant for every target.
        probability_Tn: (T, n) probability, just before the draw, that the item would be in it;
            NaN for an item that was chosen and not drawn.
    """

    items_Tn: NDArray[np.intp]
    probability_Tn: NDArray[np.float64]

    def for_targets(self, count: int) -> Self:
        """The same selection with a row for each of `count` targets."""
        shape = (count, self.items_Tn.shape[1])
        return type(self)(
            np.broadcast_to(self.items_Tn, shape), np.broadcast_to(self.probability_Tn, shape)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """The scores of T target models on n items each.

    Attributes:
        items_Tn: (T, n) positions among the N items of the history.
        scores_Tn: (T, n) finite scores.
        probability_Tn: (T, n) as in `Selection`.
        stage_n: (n,) the draw that each column came from: 0 for the first, never falling.
    """

    items_Tn: NDArray[np.intp]
    scores_Tn: NDArray[np.float64]
    probability_Tn: NDArray[np.float64]
    stage_n: NDArray[np.intp]

    @classmethod
    def of(cls, selection: Selection, scores_TN: NDArray[np.float64]) -> Self:
        """Observe a selection of items of targets whose scores on all N items are known."""
        drawn = selection.for_targets(len(scores_TN))
        return cls(
            drawn.items_Tn,
            np.take_along_axis(scores_TN, drawn.items_Tn, axis=1),
            drawn.probability_Tn,
            np.zeros(drawn.items_Tn.shape[1], dtype=np.intp),
        )

    def extend(self, selection: Selection, scores_TN: NDArray[np.float64]) -> Self:
        """These scores and those of one more draw."""
        new = type(self).of(selection, scores_TN)
        stage = self.stage_n[-1] + 1 if self.stage_n.size else 0
        return self.joined(replace(new, stage_n=new.stage_n + stage))

    def joined(self, later: Self) -> Self:
        """These scores and those of later draws of the same targets."""
        return type(self)(
            np.hstack([self.items_Tn, later.items_Tn]),
            np.hstack([self.scores_Tn, later.scores_Tn]),
            np.hstack([self.probability_Tn, later.probability_Tn]),
            np.concatenate([self.stage_n, later.stage_n]),
        )

    def columns(self, kept_n: NDArray[np.bool_]) -> Self:
        """Some of the items alone."""
        return type(self)(
            self.items_Tn[:, kept_n],
            self.scores_Tn[:, kept_n],
            self.probability_Tn[:, kept_n],
            self.stage_n[kept_n],
        )

    def with_scores(self, scores_Tn: NDArray[np.float64]) -> Self:
        """The same draws with other scores, on another scale say."""
        return type(self)(self.items_Tn, scores_Tn, self.probability_Tn, self.stage_n)

    def rows(self, targets_t: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Self:
        """Some of the targets alone."""
        return type(self)(
            self.items_Tn[targets_t],
            self.scores_Tn[targets_t],
            self.probability_Tn[targets_t],
            self.stage_n,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """The number of targets, and of items observed for each."""
        return self.items_Tn.shape[0], self.items_Tn.shape[1]
