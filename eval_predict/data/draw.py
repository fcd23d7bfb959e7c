"""Items drawn for one target, by name."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Selection

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """One item of a draw, as a file has it.

    Attributes:
        item: its name.
        probability: that it would be drawn, just before the draw; None where it was chosen.
        stage: the draw: 0 for the first.
        order: its place in the draw's random order, from 0.
        drawn: how many items the draw has.
    """

    item: str
    probability: float | None
    stage: int
    order: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Draw:
    """The items of one draw, in random order: the first k of them are a random draw too.

    Attributes:
        items: their names.
        probability: the probability that each had of being drawn; NaN for an item that was chosen.
    """

    items: tuple[str, ...]
    probability: tuple[float, ...]

    @classmethod
    def of(cls, selection: Selection, matrix: ScoreMatrix, rng: np.random.Generator) -> "Draw":
        """A selection (T = 1) of a matrix's items, shuffled."""
        order_n = rng.permutation(selection.items_Tn.shape[1])
        items_n, probability_n = (
            selection.items_Tn[0, order_n],
            selection.probability_Tn[0, order_n],
        )
        names = tuple(matrix.items[position] for position in items_n.tolist())
        return cls(names, tuple(probability_n.tolist()))

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[str]:
        return iter(self.items)

    def __repr__(self) -> str:
        shown = ", ".join(self.items[:3]) + (", …" if len(self) > 3 else "")
        return f"Draw({len(self)} items: {shown})"

    def rows(self, stage: int = 0) -> tuple[DrawnItem, ...]:
        """A row an item, in the draw's order."""
        return tuple(
            DrawnItem(
                item, None if math.isnan(probability) else probability, stage, order, len(self)
            )
            for order, (item, probability) in enumerate(
                zip(self.items, self.probability, strict=True)
            )
        )

    def to_frame(self, stage: int = 0) -> "pd.DataFrame":
        """Rows as `eval-predict select` writes them, to be filled in with a column `score`."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows(stage)])
