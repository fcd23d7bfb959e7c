"""A filter: its section of the recipe, what is measured before it, and its rule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from iwsi.filter.verdict import Candidates, FloatArray, Verdict
from iwsi.recipe.filter import FilterSection

Need = Literal["losses", "ratings", "rewards", "shift", "labels", "audit"]


@dataclass(frozen=True, slots=True)
class Method:
    """A filter.

    Attributes:
        section: the class of its section in the recipe, whose `method` is its name.
        judge: from C candidates and that section to a verdict on each.
        needs: what is measured before; a round has a stage for each.
        loss_weight: from the same to each one's loss weight, shape (C,); None: all are equal.
    """

    section: type[FilterSection]
    judge: Callable[[Candidates, Any], Verdict]
    needs: frozenset[Need] = frozenset()
    loss_weight: Callable[[Candidates, Any], FloatArray] | None = None

    @property
    def name(self) -> str:
        """Its name in recipes."""
        return str(self.section.model_fields["method"].default)
