"""The loop's side of its worker processes: one works and is kept while its stages follow.

While it does, the next one that will be needed may start and import its libraries, which takes
longer than a small round's work. It loads no model and no GPU's memory before its first stage.
"""

import math
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import psutil

from eval_predict.errors import UserError
from iwsi.errors import InternalError
from iwsi.pool.child import Child, user_error_of
from iwsi.pool.watchdog import Watchdog
from iwsi.recipe import Forecast
from iwsi.rounds.context import Info
from iwsi.rounds.display import Display
from iwsi.rounds.environment import Family
from iwsi.rounds.layout import log_of
from iwsi.rounds.stage import AnyStage
from iwsi.rounds.worker import request


@dataclass(frozen=True, slots=True)
class StageRun:
    """A stage that a process has done.

    Attributes:
        seconds: of its work.
        startup_seconds: that the process took before it.
        startup: those seconds by what they went to.
        info: what the stage says.
    """

    seconds: float
    startup_seconds: float
    startup: dict[str, float]
    info: Info


class WorkerError(InternalError):
    """A worker failed for a reason that is not a user's error; its log has the cause."""


class KilledError(WorkerError):
    """A worker, or a process that it started, was killed, as the system does where memory ends."""


# Minutes without a message after which a worker counts as hanging; 0: never.
SILENCE = "IWSI_MAX_SILENT_MINUTES"
_DEFAULT_MINUTES = 60.0
_KILLED = "signal 9"

# Free bytes below which no process starts ahead. One holds about a gigabyte once it has imported.
_MEMORY_TO_START_AHEAD = 6 * 2**30


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process.

    Attributes:
        child: the process.
        family: what it imports.
        log: where its standard error goes.
        log_path: the file of that.
    """

    child: Child
    family: Family
    log: TextIO
    log_path: Path

    def end(self) -> None:
        """End the process, and so give back all that it holds."""
        self.child.end()
        self.log.close()


class Workers:
    """Runs stages in a process of their own; a context manager, so that none outlives the loop."""

    def __init__(self, root: Path, display: Display) -> None:
        self.display = display
        self._root = root
        self._worker: Worker | None = None
        self._kind: str | None = None  # what the stages of the process have in common
        self._ahead: Worker | None = None
        self._starts_ahead = (os.cpu_count() or 1) > 1
        self._noted: set[str] = set()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self.keep(None)
        self._end_ahead()

    def run(
        self,
        stage: AnyStage,
        digest: str,
        forecast: Forecast | None = None,
        *,
        following: AnyStage | None = None,
    ) -> StageRun:
        """Do a stage.

        Args:
            stage: one that has a process.
            digest: of what it depends on.
            forecast: what holds in place of the recipe's section.
            following: the next stage that needs another process, which may start meanwhile.

        A process that is killed is tried once more, with less memory.

        Raises:
            UserError: the stage met one, hangs, or was killed twice.
            WorkerError: the process failed for another reason.
        """
        try:
            return self._run(stage, digest, forecast, following)
        except KilledError as error:
            self.keep(None)
            self._end_ahead()
            self._starts_ahead = False  # memory is short
            self.display.warn(f"{error}. It is tried once more, with smaller batches.")
        try:
            return self._run(stage, digest, forecast, lean=True)
        except KilledError as error:
            raise UserError(
                got=error,
                expected="a process that is not killed",
                fix="Close what else takes memory, or lower filter.batch_tokens or "
                "sample.max_memory_gib; the same command then goes on from here.",
            ) from None

    def _run(
        self,
        stage: AnyStage,
        digest: str,
        forecast: Forecast | None,
        following: AnyStage | None = None,
        *,
        lean: bool = False,
    ) -> StageRun:
        self.keep(stage.process)
        worker = self._worker = self._worker or self._take(stage)
        self._kind = stage.process
        self._start_ahead(following)
        minutes = silent_minutes()
        with Watchdog(60 * minutes or threading.TIMEOUT_MAX, worker.child.kill) as watchdog:
            worker.child.send("stage", **request(stage, digest, forecast, lean=lean))
            done = self._listen(stage, worker, watchdog)
        if done is not None:
            return done
        if watchdog.fired:
            worker.child.wait()
            raise UserError(
                where=worker.log_path,
                field=stage.name,
                got=f"it hangs: it sent no message for {minutes:g} minutes, and it was ended",
                expected="a message from time to time",
                fix=f"Look into this log. If the stage is only slow, set {SILENCE} higher; the "
                "same command then goes on from here.",
            )
        raise self._failure(stage, worker)

    def _listen(self, stage: AnyStage, worker: Worker, watchdog: Watchdog) -> StageRun | None:
        """The result of the stage; None where the process ended without one."""
        for event in worker.child.events():
            watchdog.heard()
            match event.pop("event"):
                case "stage":
                    self.display.begin(event["name"])
                case "progress":
                    self.display.progress(event["done"], event["total"])
                case "note":
                    self._note(event["message"])
                case "done":
                    return StageRun(**event)
                case "user_error":
                    raise user_error_of(event)
                case "failed" if watchdog.fired:
                    return None  # it failed of being ended: its trainers were killed first
                case "failed":
                    raise self._failure(stage, worker, event["cause"])
        return None

    def keep(self, kind: str | None) -> None:
        """End the process unless it is of this kind, and so give back all that it holds."""
        if self._worker is None or kind == self._kind:
            return
        self._worker.end()
        self._worker = self._kind = None

    def _note(self, message: str) -> None:
        """Show what a process reports of itself, once for each kind of process."""
        if message not in self._noted:
            self._noted.add(message)
            self.display.note(message)

    def _start(self, stage: AnyStage) -> Worker:
        path = self._root / log_of(stage.name)
        path.parent.mkdir(exist_ok=True)
        log = path.open("w", encoding="utf-8")
        return Worker(
            Child("iwsi.rounds.worker", str(self._root), errors=log), stage.family, log, path
        )

    def _take(self, stage: AnyStage) -> Worker:
        """The process that was started ahead for such a stage, or else a new one."""
        ahead = self._ahead
        if ahead is None or ahead.family != stage.family or not ahead.child.is_alive:
            return self._start(stage)
        self._ahead = None
        return ahead

    def _start_ahead(self, stage: AnyStage | None) -> None:
        """Start the process of a later stage, if none is there and the machine has room for it."""
        if stage is None or not self._starts_ahead:
            return
        if self._ahead is not None and self._ahead.family == stage.family:
            return
        self._end_ahead()
        if psutil.virtual_memory().available > _MEMORY_TO_START_AHEAD:
            self._ahead = self._start(stage)
            self._ahead.child.send("import", family=stage.family)

    def _end_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.end()
        self._ahead = None

    def _failure(self, stage: AnyStage, worker: Worker, cause: str | None = None) -> WorkerError:
        """The cause that a process reported, or else its exit status or signal."""
        if cause is None:
            status = worker.child.wait()
            cause = f"signal {-status}" if status < 0 else f"exit status {status}"
        killed = _KILLED in cause
        if killed:
            cause += ": killed, by hand or by the system where memory ended"
        kind = KilledError if killed else WorkerError
        return kind(f"{stage.name} failed ({cause}); the whole log: {worker.log_path}")


def silent_minutes() -> float:
    """How long a worker may send no message.

    Raises:
        UserError: the environment's variable is no number of minutes.
    """
    text = os.environ.get(SILENCE, "")
    try:
        minutes = float(text) if text else _DEFAULT_MINUTES
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes < math.inf:
        raise UserError(
            where="environment",
            field=SILENCE,
            got=repr(text),
            expected="minutes, such as 60; 0: without end",
        )
    return minutes
