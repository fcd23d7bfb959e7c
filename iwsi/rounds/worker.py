"""The process in which GPU stages run: `python -m iwsi.rounds.worker RUN_DIR STAGE=DIGEST …`.

It tells the loop how far it is by one JSON object a line on its standard output; all that the
libraries print goes to its standard error, which the loop keeps as a log. It ends when the loop
does: its standard input closes then.
"""

import json
import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from eval_predict.errors import UserError
from iwsi.errors import as_user_error
from iwsi.rounds.environment import prepare_environment
from iwsi.rounds.plan import Stage, plan
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.stages import Context, run_stage

EXIT_REPORTED = 3  # an error that was told as an event
_SECONDS_BETWEEN = 0.1
_SECONDS_FOR_AN_ORPHAN = 60


class _Events:
    """The line to the loop: a copy of standard output, which then becomes standard error."""

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
        os.dup2(2, 1)
        self._last = 0.0

    def send(self, event: str, **values: Any) -> None:
        self._stream.write(json.dumps({"event": event, **values}) + "\n")

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now - self._last > _SECONDS_BETWEEN:
            self._last = now
            self.send("progress", done=done, total=total)


def main() -> int:
    """Run the stages named on the command line, in order, in one process."""
    born = time.monotonic()
    events = _Events()
    threading.Thread(target=_die_with_parent, daemon=True).start()
    root, names = Path(sys.argv[1]), dict(arg.split("=") for arg in sys.argv[2:])
    try:
        recipe = read_recipe(root)
        prepare_environment(recipe)
        stages = {stage.name: stage for stage in plan(recipe)}
        context = Context(root, recipe, events.progress)
        # A worker whose loop was killed a moment ago may still be dying.
        with FileLock(root / ".worker.lock", timeout=_SECONDS_FOR_AN_ORPHAN):
            for name, digest in names.items():
                _run(context, events, stages[name], digest, born)
                born = time.monotonic()
    except Exception as error:
        user_error = error if isinstance(error, UserError) else as_user_error(error)
        if user_error is not None:
            events.send("user_error", **user_error.to_dict())
        with suppress(OSError):  # the log may be on the disk that is full
            traceback.print_exc()
        return 1 if user_error is None else EXIT_REPORTED
    return 0


def _run(context: Context, events: _Events, stage: Stage, digest: str, born: float) -> None:
    started = [born]

    events.send("stage", name=stage.name)
    context.started = lambda: started.append(time.monotonic())
    info = run_stage(stage, context, digest)
    events.send(
        "done",
        name=stage.name,
        seconds=time.monotonic() - started[-1],
        startup_seconds=started[-1] - born,
        info=info,
    )


def _die_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # engines hang on to threads; all that matters is on disk by now
