"""An estimate of what a study takes, printed before it begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from iwsi.rounds.validation import Validation
from iwsi.study.arms import Arm

# Work that the arms of a seed share; the rest is done for each.
_SHARED = frozenset({"sample", "audit", "score"})


@dataclass(frozen=True, slots=True)
class StudyCost:
    """An estimate for this machine.

    Attributes:
        arms: runs of a round each.
        seeds: that they are spread over.
        seconds: of all of them.
        disk_gib: of their run directories.
        measured: whether this machine was seen doing some of it.
    """

    arms: int
    seeds: int
    seconds: float
    disk_gib: float
    measured: bool

    def __str__(self) -> str:
        """A line for people."""
        basis = "measured" if self.measured else "estimated"
        return (
            f"{self.arms} arms over {self.seeds} seeds: roughly {self.seconds / 60:,.0f} min and "
            f"{self.disk_gib:.1f} GiB ({basis}); what is done already is not done again"
        )


def study_cost(arms: Sequence[Arm], one: Validation) -> StudyCost:
    """The cost of all arms together.

    Args:
        arms: as `arms_of` gives them.
        one: what `validate` found of the first of them.
    """
    seeds = len({arm.seed for arm in arms})
    shared = sum(cost.seconds for cost in one.costs if cost.work in _SHARED)
    apart = sum(cost.seconds for cost in one.costs if cost.work not in _SHARED)
    return StudyCost(
        arms=len(arms),
        seeds=seeds,
        seconds=seeds * shared + len(arms) * apart,
        disk_gib=len(arms) * one.disk.kept + one.disk.merged,
        measured=bool(one.rates_measured),
    )
