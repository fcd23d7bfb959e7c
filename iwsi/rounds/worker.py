"""The process in which GPU stages run: `python -m iwsi.rounds.worker RUN_DIR`.

The loop asks for stages by one JSON object a line on its standard input; it tells how far it is
in the same way on its standard output. All that the libraries print goes to its standard error,
which the loop keeps as a log. It ends when the loop does: its standard input closes then.
"""

import json
import os
import queue
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock

from eval_predict.errors import UserError
from iwsi.errors import as_user_error
from iwsi.events import EXIT_REPORTED, Events
from iwsi.recipe import Forecast
from iwsi.rounds.context import Context
from iwsi.rounds.environment import prepare_environment
from iwsi.rounds.plan import Stage
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.stages import run_stage

_SECONDS_FOR_AN_ORPHAN = 60


def request(stage: Stage, digest: str, forecast: Forecast | None = None) -> str:
    """The line that asks for a stage; `forecast` holds in place of the recipe's section."""
    instead = forecast.model_dump(mode="json") if forecast else None
    return json.dumps({"stage": asdict(stage), "digest": digest, "forecast": instead})


def main() -> int:
    """Run the stages that are asked for, in order, in one process."""
    born = time.monotonic()
    events = Events()
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    root = Path(sys.argv[1])
    try:
        recipe = read_recipe(root)
        prepare_environment(recipe)
        context = Context(root, recipe, events.progress)
        # A worker whose loop was killed a moment ago may still be dying.
        with FileLock(root / ".worker.lock", timeout=_SECONDS_FOR_AN_ORPHAN):
            while True:
                _run(context, events, json.loads(requests.get()), born)
                born = 0.0
    except Exception as error:
        user_error = error if isinstance(error, UserError) else as_user_error(error)
        if user_error is not None:
            events.send("user_error", **user_error.to_dict())
        with suppress(OSError):  # the log may be on the disk that is full
            traceback.print_exc()
        return 1 if user_error is None else EXIT_REPORTED


def _run(context: Context, events: Events, asked: dict[str, Any], born: float) -> None:
    """Do one stage; what the process took to start counts as this stage's if it is the first."""
    stage = Stage.from_dict(asked["stage"])
    began = born or time.monotonic()
    started: list[float] = []
    events.send("stage", name=stage.name)
    context.started = lambda: started.append(time.monotonic())
    context.forecast = Forecast(**asked["forecast"]) if asked["forecast"] else None
    info = run_stage(stage, context, asked["digest"])
    events.send(
        "done",
        seconds=time.monotonic() - (started or [began])[0],
        startup_seconds=(started or [began])[0] - began,
        info=info,
    )


def _listen(requests: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        requests.put(line)
    os._exit(1)  # the loop is gone


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # engines hang on to threads; all that matters is on disk by now
