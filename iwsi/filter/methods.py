"""Every filter by its name: what it needs to know, how it judges, the loss weights it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from iwsi.filter import judges
from iwsi.filter.verdict import Candidates, FloatArray, Verdict
from iwsi.recipe import Filter, FilterMethod

Need = Literal["losses", "ratings", "rewards", "shift", "labels"]


@dataclass(frozen=True, slots=True)
class Method:
    """A filter.

    Attributes:
        judge: from C candidates and the recipe's section to a verdict on each.
        needs: what is measured before; a round has a stage for each.
        loss_weight: from the same to how much each one's loss counts beside the others', shape
            (C,); None where all count the same.
    """

    judge: Callable[[Candidates, Filter], Verdict]
    needs: frozenset[Need] = frozenset()
    loss_weight: Callable[[Candidates, Filter], FloatArray] | None = None


METHODS: Mapping[FilterMethod, Method] = {
    "lmsi": Method(judges.lmsi),
    "entropy": Method(judges.entropy),
    "self": Method(judges.self_rated, frozenset({"ratings"})),
    "rm": Method(judges.reward, frozenset({"rewards"})),
    "iwsi": Method(judges.iwsi, frozenset({"losses"})),
    "iwsi_weighted": Method(judges.iwsi_weighted, frozenset({"losses"}), judges.by_ds_weight),
    "iwsi_length": Method(judges.iwsi_length, frozenset({"losses"})),
    "conformal": Method(judges.conformal, frozenset({"losses"})),
    "density": Method(judges.density, frozenset({"shift"})),
    "balanced": Method(judges.balanced, loss_weight=judges.by_difficulty),
    "distinct": Method(judges.distinct),
    "random": Method(judges.at_random),
    "oracle": Method(judges.oracle, frozenset({"labels"})),
}


def method_of(rule: Filter) -> Method:
    """The filter that a recipe's section names."""
    return METHODS[rule.method]
