"""Takes over stages that another run has done from the same inputs and settings."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from iwsi.files import remove
from iwsi.recipe import Recipe
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.plan import plan


def adopt(root: Path, recipe: Recipe, ledger: Ledger, donors: Sequence[Path]) -> list[str]:
    """Take over every stage that a donor has done and whose digest here is the same.

    A digest holds all that a stage depends on, its inputs' digests included, so what is taken
    over is what the run would have made, and whose files still are as they were left. Files are
    linked where the file system can, else copied.

    Args:
        root: The run directory, which `open_run` holds.
        recipe: Its recipe, as `resolve` gives it.
        ledger: Its ledger, as `take_recipe` gives it.
        donors: Other run directories.

    Returns:
        The names of the stages taken over.
    """
    taken = []
    others = [(donor, Ledger(donor)) for donor in donors]
    for stage in plan(recipe) if others else ():
        try:
            digest = ledger.digest(stage, recipe)
        except KeyError:
            continue  # an input is still to be made
        if ledger.is_done(stage, digest):
            continue
        for donor, other in others:
            if other.is_done(stage, digest):
                entry = other.entries[stage.name]
                for path in entry.outputs:
                    _link(donor / path, root / path)
                ledger.record(
                    stage,
                    digest,
                    seconds=entry.seconds,
                    startup_seconds=entry.startup_seconds,
                    info=entry.info,
                    startup=entry.startup,
                )
                taken.append(stage.name)
                break
    return taken


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    remove(target)
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
