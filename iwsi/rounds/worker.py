"""The process in which GPU stages run: `python -m iwsi.rounds.worker RUN_DIR`.

The loop sends a stage as one JSON object a line on its standard input; the worker sends progress
and results in the same way on its standard output. All that the libraries print goes to its
standard error, which the loop keeps as a log. It ends when the loop does: its standard input
closes then. A process that was started ahead is first asked to import what its stages will need.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from iwsi.pool.child import Parent, end_process
from iwsi.recipe import Forecast
from iwsi.rounds import layout
from iwsi.rounds.context import Session
from iwsi.rounds.environment import import_ahead, prepare_environment
from iwsi.rounds.lean import leaner
from iwsi.rounds.machine import machine_line
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.stage import AnyStage, stage_from_dict
from iwsi.runtime import startup

_SECONDS_FOR_AN_ORPHAN = 60


def request(
    stage: AnyStage, digest: str, forecast: Forecast | None = None, *, lean: bool = False
) -> dict[str, Any]:
    """The request for a stage.

    Args:
        stage: What to do.
        digest: Of what it depends on.
        forecast: What holds in place of the recipe's section.
        lean: Whether it should hold as little memory as it can.
    """
    instead = forecast.model_dump(mode="json") if forecast else None
    return {
        "stage": stage.to_dict(),
        "digest": digest,
        "forecast": instead,
        "lean": lean,
        "sent": time.monotonic(),
    }


def main() -> int:
    """Run the stages that are requested, in order, in one process."""
    startup.begin(from_birth=True)
    parent = Parent()
    root = Path(sys.argv[1])
    try:
        recipe = read_recipe(root)
        prepare_environment(recipe)
        session = Session(root, recipe, parent.progress)
        startup.mark("process")
        message = parent.receive()
        if message["event"] == "import":
            import_ahead(message["family"], recipe)
            message = parent.receive()
            startup.begin(since=message["sent"])  # what it imported before cost no stage any time
            startup.mark("imports")
        # A worker whose loop was killed a moment ago may still be dying.
        with FileLock(root / layout.WORKER_LOCK, timeout=_SECONDS_FOR_AN_ORPHAN):
            startup.mark("process")
            while True:
                _run(session, parent, message)
                startup.begin()
                message = parent.receive()
    except Exception as error:
        return parent.report(error)


def _run(session: Session, parent: Parent, requested: dict[str, Any]) -> None:
    """Do one stage; what the process took to start counts as this stage's if it is the first."""
    stage = stage_from_dict(requested["stage"])
    parent.send("stage", name=stage.name)
    began = time.monotonic()
    parts = startup.seconds()

    def started() -> None:
        nonlocal began, parts
        parent.send("note", message=machine_line(session.recipe, stage.process or ""))
        startup.mark("rest")
        began, parts = time.monotonic(), startup.seconds()

    if requested["forecast"]:
        recipe = session.recipe.model_copy(update={"forecast": Forecast(**requested["forecast"])})
        session = replace(session, recipe=recipe)
    if requested["lean"]:
        session = replace(session, recipe=leaner(session.recipe))
    info = stage.run(session, requested["digest"], started)
    parent.send(
        "done",
        seconds=time.monotonic() - began,
        startup_seconds=sum(parts.values()),
        startup=parts,
        info=info,
    )


if __name__ == "__main__":
    end_process(main())
