"""A study from its first stage to its table; started again, it goes on where it stopped."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from iwsi.filter.methods import METHODS
from iwsi.rounds.display import Display
from iwsi.rounds.loop import run_recipe
from iwsi.study.arms import Arm
from iwsi.study.summary import (
    ArmResult,
    SeedCorrelations,
    StudyResult,
    arm_result,
    correlations,
    orthogonality,
    summarise,
    table_of,
)


def run_study(
    arms: Sequence[Arm],
    root: Path,
    display: Display,
    *,
    begin: Callable[[Arm], None] = lambda arm: None,
    keep: Callable[[pa.Table], None] = lambda rows: None,
) -> StudyResult:
    """Run every arm in a run directory of its own; stages that several arms share run once.

    Args:
        arms: As `arms_of` gives them.
        root: Folder of the run directories.
        display: Shows each stage.
        begin: Called when an arm begins.
        keep: Given the table of all arms that are done, after each.

    Raises:
        UserError: as `run_recipe`.
    """
    results: list[ArmResult] = []
    analyses: dict[int, SeedCorrelations] = {}
    donors: dict[int, list[Path]] = {}
    for arm in arms:
        begin(arm)
        folder = root / arm.folder
        _run_arm(arm, folder, donors.setdefault(arm.seed, []), display)
        donors[arm.seed].append(folder)
        results.append(arm_result(arm, folder))
        keep(table_of(results))
        if "losses" in METHODS[arm.filter].needs and arm.seed not in analyses:
            analyses[arm.seed] = correlations(folder, arm.recipe)
    return StudyResult(
        task=arms[0].recipe.task.name,
        arms=summarise(results),
        rows=tuple(results),
        orthogonality=orthogonality(list(analyses.values())),
    )


def _run_arm(arm: Arm, root: Path, donors: Sequence[Path], display: Display) -> None:
    quiet = _WithoutSkipped(display)
    # Two arms that read other validation rows may sample for the same questions, and two that
    # keep the same candidates train the same.
    for until in ("prepare", "round-1/select", None):
        run_recipe(arm.recipe, root, quiet, until=until, donors=donors)


class _WithoutSkipped:
    """A display without the stages that were done before, which are most of a study's."""

    def __init__(self, display: Display) -> None:
        self.begin, self.progress, self.end = display.begin, display.progress, display.end
        self.warn, self.note = display.warn, display.note

    def skip(self, stage: str) -> None:
        """Print nothing."""
